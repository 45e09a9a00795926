"""Fixtures of all tests."""

from support.mongodb import mongodb_url  # noqa: F401 — a fixture is found where it is imported
