"""The attribute API over HTTP."""
