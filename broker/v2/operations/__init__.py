"""One file per resource of NGSI-v2, one method per operation."""
