"""The command `odori`."""
