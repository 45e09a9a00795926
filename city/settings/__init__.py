"""What can be set, in one table, and where each value came from."""
