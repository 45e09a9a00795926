"""What may become of a field: the nine transforms of de-identification §5, and no other."""
