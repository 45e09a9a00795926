"""What every page of a person or of staff rests on: cookies, and forms that cannot be forged."""
