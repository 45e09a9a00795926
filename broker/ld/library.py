"""The contexts that this process knows. Nothing is ever fetched.

A context document is code that renames everybody's data; fetching one at the time of a request
makes the answer depend on another machine, and tells that machine who asked for what. The core
context is built in, the city's own contexts are packaged with it, and all others are given inline.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

import orjson

from broker.ld.context import Context
from broker.ld.terms import Terms, read_terms
from kernel.errors import BadRequestError, PeerError

CORE_URL: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_CORE_VERSIONS: Final = ("", "-v1.3", "-v1.4", "-v1.5", "-v1.6", "-v1.7", "-v1.8")
CORE_URLS: Final = frozenset(
    f"{scheme}://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
    for scheme in ("http", "https")
    for version in _CORE_VERSIONS
)
"""The core context by all its names: newer versions only add terms that no entity needs."""

_DEEPEST: Final = 8
_REMEMBERED: Final = 256


class ContextNotAvailableError(PeerError):
    """A remote context is not among those known here (§6.3.2 LdContextNotAvailable)."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class ContextLibrary:
    """Turns what a request says about its context into a `Context`.

    Args:
        packaged: documents (`{"@context": …}`) by URL.
    """

    def __init__(self, packaged: Mapping[str, Any] | None = None) -> None:
        self._packaged = dict(packaged or {})
        self._core_terms = read_terms([_core_document()])
        self._known: OrderedDict[bytes, Context] = OrderedDict()
        self.core = Context(Terms(), self._core_terms)

    def resolve(self, reference: Any) -> Context:
        """The context that a Link header's URL or an `@context` member stands for.

        Raises:
            ContextNotAvailableError: a URL that is not known here.
            BadRequestError: neither a URL, nor an object, nor an array of such.
        """
        if reference is None or _is_core(reference):
            return self.core
        key = orjson.dumps(reference)
        context = self._known.get(key)
        if context is None:
            parts = reference if isinstance(reference, list) else [reference]
            own = tuple(part for part in parts if not _is_core(part))
            context = Context(read_terms(self._documents(own, 0)), self._core_terms, own)
            self._known[key] = context
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return context

    def _documents(self, reference: Any, depth: int) -> Sequence[Mapping[str, Any]]:
        if depth > _DEEPEST:
            raise BadRequestError(f"The @context nests deeper than {_DEEPEST}")
        match reference:
            case str(url):
                return self._packaged_documents(url, depth)
            case Mapping():
                return [reference]
            case list() | tuple():
                return [
                    document
                    for part in reference
                    if part is not None
                    for document in self._documents(part, depth + 1)
                ]
            case _:
                raise BadRequestError("The @context is no URL, no object and no array of them")

    def _packaged_documents(self, url: str, depth: int) -> Sequence[Mapping[str, Any]]:
        if url in CORE_URLS:
            return []
        document = self._packaged.get(url)
        if not isinstance(document, Mapping) or "@context" not in document:
            raise ContextNotAvailableError(
                "The @context is not packaged with this broker, which fetches none; send it inline"
            )
        return self._documents(document["@context"], depth + 1)


def _is_core(part: Any) -> bool:
    return isinstance(part, str) and part in CORE_URLS


def _core_document() -> Mapping[str, Any]:
    text = resources.files("broker.ld").joinpath("contexts/core-v1.8.jsonld").read_bytes()
    document: Mapping[str, Any] = orjson.loads(text)["@context"]
    return document
