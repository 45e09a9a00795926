"""Which devices may write, where they stand, and who answers for them."""
