"""What the boards serve over HTTP."""
