"""The composition root: settings, wiring, the command `odori`."""
