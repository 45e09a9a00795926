"""The command `odori`."""

from city.cli.main import context_broker, main

__all__ = ["context_broker", "main"]
