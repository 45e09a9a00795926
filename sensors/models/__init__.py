"""The device and observation models that we write: one table, and what follows from it."""
