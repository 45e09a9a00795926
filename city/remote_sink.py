"""Intake → another NGSI broker by URL."""
