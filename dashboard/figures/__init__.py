"""Entities and history rows → the values that boards show. No I/O, no clock, no words."""
