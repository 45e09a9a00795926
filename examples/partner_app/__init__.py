"""A member company's service in one small file: "log in with Odori ID"."""
