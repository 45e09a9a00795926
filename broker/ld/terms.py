"""Term definitions of JSON-LD context documents, as far as they give names to IRIs.

JSON-LD 1.1 API "Create Term Definition", without coercion, containers and scoped contexts: they
change values, not names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from broker.model.names import DEFAULT_VOCABULARY
from kernel.errors import BadRequestError

Definitions: TypeAlias = Mapping[str, Any]
_GENERIC_DELIMITERS: Final = tuple(":/?#[]@")
_KEYWORDS: Final = frozenset(
    {"@base", "@id", "@import", "@json", "@language", "@none", "@propagate", "@protected", "@type",
     "@version", "@vocab"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What the terms of some documents stand for.

    Attributes:
        iris: IRI (or keyword) by term.
        prefixes: those terms that may begin a compact IRI.
    """

    iris: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)

    def followed_by(self, later: "Terms") -> "Terms":
        """Both; of terms in both the later one counts."""
        return Terms({**self.iris, **later.iris}, {**self.prefixes, **later.prefixes})


def read_terms(documents: Iterable[Definitions]) -> Terms:
    """The terms of the documents, each adding to and overriding the earlier ones.

    Raises:
        BadRequestError: a definition is not one, or refers to itself.
    """
    terms = Terms()
    for document in documents:
        _Reading(document, terms.iris, terms.prefixes).run()
    return terms


class _Reading:
    """One context document being added to the terms known so far."""

    def __init__(
        self, document: Definitions, terms: dict[str, str], prefixes: dict[str, str]
    ) -> None:
        self._document = document
        self._terms = terms
        self._prefixes = prefixes
        self._done: set[str] = set()
        self._open: set[str] = set()
        vocabulary = document.get("@vocab")
        self._vocabulary = (
            self._resolve(vocabulary)
            if isinstance(vocabulary, str) and vocabulary
            else DEFAULT_VOCABULARY
        )

    def run(self) -> None:
        """Define every term of the document.

        Raises:
            BadRequestError: a definition is not one, or refers to itself.
        """
        for term in self._document:
            if not term.startswith("@"):
                self._define(term)

    def _define(self, term: str) -> None:
        if term in self._done:
            return
        if term in self._open:
            raise BadRequestError("A term of the @context is defined by itself")
        self._open.add(term)
        definition = self._document[term]
        iri = self._target(term, definition)
        self._done.add(term)
        self._terms.pop(term, None)
        self._prefixes.pop(term, None)
        if iri is None:
            return
        self._terms[term] = iri
        simple = isinstance(definition, str)
        if (simple and iri.endswith(_GENERIC_DELIMITERS)) or _is_prefix(definition):
            self._prefixes[term] = iri

    def _target(self, term: str, definition: object) -> str | None:
        match definition:
            case None:
                return None
            case str(text):
                return self._resolve(text, self_term=term)
            case Mapping():
                name = definition.get("@id", term)
                if name is None:
                    return None
                if isinstance(name, str):
                    return self._resolve(name, self_term=term)
            case _:
                pass
        raise BadRequestError("A definition in the @context is neither text nor an object")

    def _resolve(self, name: str, *, self_term: str = "") -> str:
        """The IRI that a definition names, in the terms of this document and earlier ones."""
        if name in _KEYWORDS:
            return name
        if name != self_term and name in self._document and not name.startswith("@"):
            self._define(name)
        if name != self_term and name in self._terms:
            return self._terms[name]
        prefix, colon, suffix = name.partition(":")
        if not colon:
            return self._vocabulary + name
        if suffix.startswith("//"):
            return name
        if prefix != self_term and prefix in self._document:
            self._define(prefix)
        return self._terms[prefix] + suffix if prefix in self._terms else name


def _is_prefix(definition: object) -> bool:
    return isinstance(definition, Mapping) and definition.get("@prefix") is True
