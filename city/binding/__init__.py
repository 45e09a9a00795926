"""Where rooms that do not know each other are bound together, one adaptor a file."""
