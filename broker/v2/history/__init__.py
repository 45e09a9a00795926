"""The history of attributes, in the way of QuantumLeap's API."""
