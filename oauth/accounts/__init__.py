"""A citizen's ID: registration, signing in, the sealed values, recovery, erasure, export."""
