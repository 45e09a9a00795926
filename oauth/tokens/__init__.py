"""Operator and machine tokens: opaque, scoped, stored as a digest."""
