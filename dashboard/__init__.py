"""The boards on which a city is watched."""
