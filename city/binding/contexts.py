"""The contexts of the sensors' room, under the URLs by which NGSI-LD clients name them."""

from typing import Any

import orjson

from sensors.models import contexts

BASE_URL = "https://odori.example/ns/"
"""A reserved name: the documents are known here and are never fetched from anywhere."""


def packaged_contexts() -> dict[str, Any]:
    """URL → document, such as `…/ns/odori-v1.jsonld` and `…/ns/sdm/weather-v1.jsonld`."""
    return {
        f"{BASE_URL}{name}.jsonld": orjson.loads(contexts.context(name))
        for name in contexts.names()
    }
