"""NGSI-v2: decoding, encoding and handlers."""
