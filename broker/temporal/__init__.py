"""What may be asked of the history."""
