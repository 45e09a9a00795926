"""The entity, its attributes and what happens to them, in words of neither API."""
