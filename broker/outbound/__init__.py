"""Delivers what the outbox owes: a lane per receiver, in order, until it arrives or is given up."""
