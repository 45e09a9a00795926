"""Secrets at rest: what is stored is a digest, a keyed digest, or sealed under a person's key."""
