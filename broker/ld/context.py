"""A JSON-LD context, as far as NGSI-LD needs one: terms to stored names and back.

ETSI GS CIM 009 §4.4 and §5.5.7; JSON-LD 1.1 API "IRI Expansion" and "IRI Compaction", of names.

A name of the core context or of the default vocabulary is stored short (decision D1), every other
name as its IRI. The core context is applied last: its terms cannot be redefined.
"""

from collections.abc import Mapping
from typing import Any, Final

from broker.ld.terms import Terms
from broker.model.names import DEFAULT_VOCABULARY

_REMEMBERED: Final = 4_096
"""Names that one context keeps answers for; names from outside are without number."""


class Context:
    """Names as one request speaks of them. What it has answered it remembers.

    Attributes:
        reference: how the caller named the context: URLs and inline objects, core apart.
    """

    def __init__(self, own: Terms, core: Terms, reference: tuple[Any, ...] = ()) -> None:
        self.reference = reference
        terms = own.followed_by(core)
        self._terms, self._prefixes = terms.iris, terms.prefixes
        self._core = {term: iri for term, iri in core.iris.items() if not iri.startswith("@")}
        self._short = {iri: term for term, iri in self._core.items()}
        self._inverse = _inverse(terms.iris)
        self._stored: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def expand(self, name: str) -> str:
        """The stored name of a term, a compact IRI or an IRI."""
        stored = self._stored.get(name)
        if stored is None:
            iri = self._iri(name)
            short = self._short.get(iri)
            stored = short if short is not None else iri.removeprefix(DEFAULT_VOCABULARY)
            if len(self._stored) < _REMEMBERED:
                self._stored[name] = stored
        return stored

    def compact(self, stored: str) -> str:
        """The shortest name that this context has for a stored name."""
        shown = self._shown.get(stored)
        if shown is None:
            shown = self._compact(self.full(stored), stored)
            if len(self._shown) < _REMEMBERED:
                self._shown[stored] = shown
        return shown

    def full(self, stored: str) -> str:
        """The IRI of a stored name."""
        if ":" in stored:
            return stored
        return self._core.get(stored, DEFAULT_VOCABULARY + stored)

    def _iri(self, name: str) -> str:
        term = self._terms.get(name)
        if term is not None and not term.startswith("@"):
            return term
        prefix, colon, suffix = name.partition(":")
        if not colon:
            return DEFAULT_VOCABULARY + name
        base = None if suffix.startswith("//") else self._prefixes.get(prefix)
        return name if base is None else base + suffix

    def _compact(self, iri: str, stored: str) -> str:
        term = self._inverse.get(iri)
        if term is not None:
            return term
        if ":" not in stored and self._terms.get(stored, iri) == iri:
            return stored
        candidates = [
            f"{prefix}:{iri[len(base) :]}"
            for prefix, base in self._prefixes.items()
            if iri.startswith(base) and iri != base
        ]
        usable = [one for one in candidates if self._terms.get(one, iri) == iri]
        return min(usable, key=_preference, default=iri)


def _inverse(terms: Mapping[str, str]) -> dict[str, str]:
    inverse: dict[str, str] = {}
    for term, iri in terms.items():
        known = inverse.get(iri)
        if known is None or _preference(term) < _preference(known):
            inverse[iri] = term
    return inverse


def _preference(name: str) -> tuple[int, str]:
    """The shortest, and of equally long ones the first, as JSON-LD prefers."""
    return len(name), name
