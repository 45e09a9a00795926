"""Load → decide → commit: the pure part of every write."""
