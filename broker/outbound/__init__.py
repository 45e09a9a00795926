"""Delivery: the outbox is emptied here, one bounded lane per receiver."""
