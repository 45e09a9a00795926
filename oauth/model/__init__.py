"""The values of the vault: frozen, without I/O, as they are stored."""
