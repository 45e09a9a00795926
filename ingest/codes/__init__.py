"""Published code lists, cut into levels."""
