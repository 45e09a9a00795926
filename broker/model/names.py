"""How names are stored: expanded, except those of the default NGSI-LD vocabulary, which stay short.

So `temperature` written through NGSI-v2 and `temperature` written through NGSI-LD with the core
context are one attribute (decision D1).
"""

DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
"""ETSI GS CIM 009 §5.2.2: where a term that no context defines expands to."""


def stored_name(expanded: str) -> str:
    """The stored form of an expanded name."""
    return expanded.removeprefix(DEFAULT_VOCABULARY)


def expanded_name(stored: str) -> str:
    """The IRI of a stored name."""
    return stored if ":" in stored else DEFAULT_VOCABULARY + stored
