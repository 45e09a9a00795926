"""Giving, narrowing and withdrawing consent."""
