"""Parameters of query strings: what each operation declares is read, the rest is refused.

A parameter that the standard has and this broker has not gives 501; any other unknown one 400.
Silence would answer another question than the one that was asked.
"""

from collections.abc import Mapping
from typing import Final

from multidict import MultiMapping

from broker.ld.context import Context
from broker.ld.encode import Form, Shape
from broker.ld.errors import InvalidRequestError
from kernel.errors import NotImplementedHereError
from serving.routes import Parameter

LARGEST_LIMIT: Final = 1_000
DEFAULT_LIMIT: Final = 20

_TEXTS: Final[Mapping[str, str]] = {
    "attrs": "attributes to show (§6.3.7); in queries, entities without any of them are left out",
    "coordinates": "GeoJSON coordinates of the reference geometry (§4.10)",
    "count": "true: the header NGSILD-Results-Count says how many there are (§6.3.13)",
    "datasetId": "instances to show or to delete; @none is the default one",
    "deleteAll": "true: all instances",
    "details": "true: with the attributes",
    "expandValues": "attributes whose values in q are terms of the context (§4.9)",
    "format": "normalized, concise, simplified or keyValues",
    "geometry": "type of the reference geometry (§4.10)",
    "geometryProperty": "the attribute that is the geometry of GeoJSON answers (§6.3.15)",
    "geoproperty": "the attribute that is compared with it; location otherwise",
    "georel": "near;maxDistance==m, near;minDistance==m, within, contains, intersects, … (§4.10)",
    "id": "ids, comma-separated",
    "idPattern": "a regular expression (RE2) that is searched for in ids",
    "jsonKeys": "understood; values are never expanded here unless expandValues says so",
    "lang": "the language to show of LanguageProperties (§4.15)",
    "limit": f"entities of a page, at most {LARGEST_LIMIT}",
    "local": "understood; nothing is ever asked of others here",
    "offset": "entities to skip",
    "omit": "members to leave out (§4.21)",
    "options": "sysAttrs, count, a format, noOverwrite, update, replace",
    "pick": "members to show (§4.21)",
    "q": "condition on attributes (§4.9)",
    "scopeQ": "condition on scopes (§4.19)",
    "type": "entity type selection (§4.17)",
}
_NOT_IMPLEMENTED: Final = frozenset(
    {"collation", "containedBy", "csf", "entityMap", "join", "joinLevel",
     "orderBy", "splitEntities", "timerel", "timeAt", "endTimeAt", "timeproperty"}
)  # fmt: skip
_FORMS: Final = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_OPTIONS: Final = frozenset({"sysAttrs", "count", "noOverwrite", "update", "replace", *_FORMS})

SHAPING: Final = (
    "attrs", "datasetId", "format", "geometryProperty", "lang", "omit", "options", "pick",
)  # fmt: skip
SELECTING: Final = (
    "coordinates", "expandValues", "geometry", "geoproperty", "georel", "id", "idPattern",
    "jsonKeys", "q", "scopeQ", "type",
)  # fmt: skip
PAGING: Final = ("count", "limit", "offset")


def declared(*names: str) -> tuple[Parameter, ...]:
    """The parameters for a route's declaration."""
    return tuple(Parameter(name, _TEXTS[name]) for name in names)


class Parameters:
    """What a query string says, of the parameters that the operation declares.

    Raises:
        NotImplementedHereError: a parameter of the standard that is not implemented.
        InvalidRequestError: a parameter that the operation has not, or an option nobody has.
    """

    def __init__(self, query: MultiMapping[str], allowed: tuple[str, ...]) -> None:
        for name in query:
            if name in _NOT_IMPLEMENTED:
                raise NotImplementedHereError(f"The parameter {name} is not implemented")
            if name not in allowed:
                raise InvalidRequestError("The operation has no such parameter")
        self._query = query
        self.options = frozenset(self.list("options"))
        if not self.options <= _OPTIONS:
            raise InvalidRequestError("An option is unknown")

    def text(self, name: str) -> str:
        """The value, empty if unsaid."""
        return self._query.get(name, "")

    def list(self, name: str) -> tuple[str, ...]:
        """The elements of a comma-separated list, empty if unsaid."""
        text = self.text(name)
        elements = tuple(part.strip() for part in text.split(",")) if text else ()
        if not all(elements):
            raise InvalidRequestError(f"The list {name} has an empty element")
        return elements

    def number(self, name: str, default: int) -> int:
        """A whole number that is not negative."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit()) or len(text) > len(str(2**62)) - 1:
            raise InvalidRequestError(f"{name} is not a number")
        return int(text)

    def flag(self, name: str) -> bool:
        """Whether the parameter is `true`."""
        text = self.text(name)
        if text not in ("", "true", "false"):
            raise InvalidRequestError(f"{name} is neither true nor false")
        return text == "true"

    @property
    def form(self) -> Form:
        """How attributes are written, in either direction."""
        said = {_FORMS[option] for option in self.options if option in _FORMS}
        text = self.text("format")
        if text:
            if text not in _FORMS:
                raise InvalidRequestError("The format is unknown")
            said = {_FORMS[text]}
        if len(said) > 1:
            raise InvalidRequestError("The options name more than one form")
        return next(iter(said), Form.NORMALIZED)

    @property
    def limit(self) -> int:
        """How many entities a page has at most."""
        limit = self.number("limit", DEFAULT_LIMIT)
        if limit > LARGEST_LIMIT:
            raise InvalidRequestError(f"limit is at most {LARGEST_LIMIT}")
        return limit

    @property
    def wants_count(self) -> bool:
        """Whether the answer says how many there are in all."""
        return self.flag("count") or "count" in self.options

    def shape(self, context: Context) -> Shape:
        """What the answer shows of each entity.

        Raises:
            InvalidRequestError: pick, omit and attrs contradict each other.
        """
        return shape_of(
            context,
            self.form,
            attrs=self.list("attrs"),
            pick=self.list("pick"),
            omit=self.list("omit"),
            dataset_ids=self.list("datasetId"),
            lang=self.text("lang"),
            system="sysAttrs" in self.options,
        )


_MEMBERS: Final = frozenset({"id", "type", "scope"})


def shape_of(
    context: Context,
    form: Form,
    *,
    attrs: tuple[str, ...] = (),
    pick: tuple[str, ...] = (),
    omit: tuple[str, ...] = (),
    dataset_ids: tuple[str, ...] = (),
    lang: str = "",
    system: bool = False,
) -> Shape:
    """A shape, of names as the request writes them.

    Raises:
        InvalidRequestError: `attrs` together with `pick` or `omit`, or a name in both.
    """
    if attrs and (pick or omit):
        raise InvalidRequestError("attrs excludes pick and omit")
    if not set(pick).isdisjoint(omit):
        raise InvalidRequestError("pick and omit name the same member")
    picked = (*_MEMBERS, *attrs) if attrs else pick
    return Shape(
        form,
        system,
        frozenset(_stored(picked, context)) if picked else None,
        frozenset(_stored(omit, context)),
        frozenset(dataset_ids) if dataset_ids else None,
        lang,
    )


def _stored(names: tuple[str, ...], context: Context) -> list[str]:
    return [name if name in _MEMBERS else context.expand(name) for name in names]
