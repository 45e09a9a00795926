"""From the neutral model to the JSON of NGSI-v2. No intermediate objects: dicts for the writer."""
