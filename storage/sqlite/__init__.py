"""The embedded engine: SQLite through apsw."""
