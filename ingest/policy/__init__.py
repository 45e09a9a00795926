"""Policies: which fields of a sensor's message get through, and what becomes of each."""
