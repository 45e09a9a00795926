"""Member companies: their services, their contracts, their terms."""
