"""The packaged JSON-LD contexts of the sensors' room, under the URLs by which clients name them."""

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import orjson

BASE_URL = "https://odori.example/ns/"
"""A reserved name: the documents are known here and are never fetched from anywhere."""


def packaged_contexts() -> dict[str, Any]:
    """URL → document, such as `…/ns/odori-v1.jsonld` and `…/ns/sdm/Environment-v1.jsonld`."""
    root = resources.files("sensors").joinpath("contexts")
    return {BASE_URL + path: orjson.loads(file.read_bytes()) for path, file in _files(root, "")}


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        path = prefix + entry.name
        if entry.is_dir():
            found += _files(entry, f"{path}/")
        elif entry.name.endswith(".jsonld"):
            found.append((path, entry))
    return sorted(found, key=lambda one: one[0])
