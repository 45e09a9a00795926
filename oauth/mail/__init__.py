"""Sending mail to a person."""
