"""What every room may know: time, ids, JSON under limits, errors, permission. Pure and small."""
