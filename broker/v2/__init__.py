"""NGSI-v2, as FIWARE Orion speaks it: decoding, encoding, operations and notifications."""
