"""What a notification of NGSI-v2 consists of."""
