"""The engines behind the ports that rooms declare."""
