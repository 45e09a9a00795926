"""NGSI-LD: contexts, decoding, encoding and handlers."""
