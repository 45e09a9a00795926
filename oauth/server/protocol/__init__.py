"""What the standards say: requests to values or errors, values to answers. No I/O, no clock."""
