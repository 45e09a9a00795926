"""Names through contexts; PyLD, an independent processor, is the judge of the IRIs."""

import json
from importlib import resources
from typing import Any

import pytest
from pyld import jsonld

from broker.ld.context import Context
from broker.ld.library import CORE_URL, CORE_URLS, ContextLibrary, ContextNotAvailableError
from kernel.errors import BadRequestError

CITY_URL = "https://city.example/context.jsonld"
CITY = {
    "@context": {
        "schema": "https://schema.org/",
        "name": "schema:name",
        "Crowd": {"@id": "https://uri.city.example/Crowd"},
        "temp": "https://uri.etsi.org/ngsi-ld/default-context/temperature",
        "count": {"@id": "https://uri.city.example/count", "@type": "schema:Integer"},
        "place": "ngsi-ld:location",
        "ngsi-ld": "https://uri.etsi.org/ngsi-ld/",
        "site": "https://uri.city.example/",
        "gate": "https://uri.city.example/site#gate",
        "gateway": "gate",
        "nothing": None,
    }
}
CORE = json.loads(resources.files("broker.ld").joinpath("contexts/core-v1.8.jsonld").read_text())


@pytest.fixture
def library() -> ContextLibrary:
    return ContextLibrary({CITY_URL: CITY})


def judge_expand(name: str) -> str:
    """What PyLD makes of an attribute name under the city's context and then the core's."""
    node = {name: {"type": "Property", "value": 1}}
    [expanded] = jsonld.expand({"@context": [CITY["@context"], CORE["@context"]], **node})
    [iri] = expanded
    return str(iri)


@pytest.mark.parametrize(
    "name",
    [
        "temperature", "name", "schema:city", "temp", "count", "place", "location", "description",
        "title", "status", "observationSpace", "gate", "gateway", "site:x", "https://a.b/c",
        "urn:x:y", "unknown:z", "ngsi-ld:Any", "Crowd", "温度",
    ],
)  # fmt: skip
def test_names_expand_as_json_ld_expands_them(library: ContextLibrary, name: str) -> None:
    context = library.resolve(CITY_URL)
    assert context.full(context.expand(name)) == judge_expand(name)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("temperature", "temperature"),
        ("location", "location"),
        ("ngsi-ld:location", "location"),
        ("description", "description"),
        ("https://uri.etsi.org/ngsi-ld/default-context/temperature", "temperature"),
        ("https://schema.org/name", "https://schema.org/name"),
    ],
)
def test_core_and_default_names_are_stored_short(
    library: ContextLibrary, name: str, stored: str
) -> None:
    assert library.core.expand(name) == stored


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("https://schema.org/name", "name"),
        ("https://schema.org/city", "schema:city"),
        ("https://uri.city.example/Crowd", "Crowd"),
        ("https://uri.city.example/more", "site:more"),
        ("https://other.example/x", "https://other.example/x"),
        ("temperature", "temp"),
        ("location", "place"),
        ("humidity", "humidity"),
        ("description", "description"),
    ],
)
def test_stored_names_are_shown_in_the_callers_terms(
    library: ContextLibrary, stored: str, shown: str
) -> None:
    assert library.resolve(CITY_URL).compact(stored) == shown


def test_a_short_name_that_the_context_means_otherwise_is_not_shown_short(
    library: ContextLibrary,
) -> None:
    shown = library.resolve(CITY_URL).compact("name")
    assert shown == "ngsi-ld:default-context/name"
    assert library.resolve(CITY_URL).expand(shown) == "name"


def test_core_terms_cannot_be_redefined(library: ContextLibrary) -> None:
    context = library.resolve({"location": "https://other.example/location"})
    assert context.expand("location") == "location"


def test_the_core_context_has_many_names(library: ContextLibrary) -> None:
    for url in CORE_URLS:
        assert library.resolve(url) is library.core
    assert library.resolve([CORE_URL]).expand("x") == "x"


def test_later_contexts_win_over_earlier_ones(library: ContextLibrary) -> None:
    context = library.resolve([CITY_URL, {"name": "https://b.example/name"}])
    assert context.expand("name") == "https://b.example/name"
    assert context.expand("schema:x") == "https://schema.org/x"


def test_a_vocabulary_of_the_caller_counts_inside_its_own_context_only(
    library: ContextLibrary,
) -> None:
    context = library.resolve({"@vocab": "https://v.example/", "a": "inner"})
    assert context.expand("a") == "https://v.example/inner"
    assert context.expand("b") == "b"


def test_an_unknown_context_is_not_fetched(library: ContextLibrary) -> None:
    with pytest.raises(ContextNotAvailableError):
        library.resolve("https://unknown.example/context.jsonld")


@pytest.mark.parametrize(
    "reference", [5, True, [5], {"a": 5}, {"a": {"@id": 5}}, {"a": "b", "b": "a"}]
)
def test_what_is_no_context_is_refused(library: ContextLibrary, reference: Any) -> None:
    with pytest.raises(BadRequestError):
        library.resolve(reference)


def test_packaged_contexts_cannot_include_one_another_for_ever() -> None:
    library = ContextLibrary({"https://a.example/": {"@context": "https://a.example/"}})
    with pytest.raises(BadRequestError):
        library.resolve("https://a.example/")


def test_a_context_is_read_once(library: ContextLibrary) -> None:
    first: Context = library.resolve({"a": "https://a.example/a"})
    assert library.resolve({"a": "https://a.example/a"}) is first
