"""The context broker: one entity model and one query tree behind NGSI-v2 and NGSI-LD."""
