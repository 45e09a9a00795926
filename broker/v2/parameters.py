"""The parameters of the query string, read once for every operation.

Unknown parameters are ignored, as Orion does; unknown options are refused.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from broker.ports import DEFAULT_LIMIT
from broker.v2.decode.names import has_forbidden, has_forbidden_but
from broker.v2.errors import quoted
from kernel.errors import BadRequestError

LARGEST_LIMIT: Final = 1_000


class Option(StrEnum):
    """The values of `options`."""

    COUNT = "count"
    NORMALIZED = "normalized"
    KEY_VALUES = "keyValues"
    VALUES = "values"
    UNIQUE = "unique"
    APPEND = "append"
    UPSERT = "upsert"
    DATE_CREATED = "dateCreated"
    DATE_MODIFIED = "dateModified"
    NO_ATTR_DETAIL = "noAttrDetail"
    FORCED_UPDATE = "forcedUpdate"
    OVERRIDE_METADATA = "overrideMetadata"
    FLOW_CONTROL = "flowControl"
    SKIP_FORWARDING = "skipForwarding"
    SKIP_INITIAL_NOTIFICATION = "skipInitialNotification"
    FULL_COUNTERS = "fullCounters"
    LIB_VERSIONS = "libVersions"


_KNOWN: Final = {option.value: option for option in Option}
_FORMS: Final = frozenset({Option.KEY_VALUES, Option.VALUES, Option.UNIQUE})


class Parameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a query string asks for. Empty texts and lists: unsaid."""

    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    id_pattern: str = ""
    type_pattern: str = ""
    q: str = ""
    mq: str = ""
    georel: str = ""
    geometry: str = ""
    coords: str = ""
    attrs: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    order_by: str = ""
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    options: frozenset[Option] = frozenset()

    @property
    def type(self) -> str:
        """The one type that an operation on one entity is told; empty for any."""
        return ",".join(self.types)

    def has(self, option: Option) -> bool:
        """Whether `options` names it."""
        return option in self.options

    def counted(self, total: int | None) -> int | None:
        """What `Fiware-Total-Count` tells, if `count` asks for it."""
        return total if Option.COUNT in self.options else None


DEFAULTS: Final = Parameters()


def read_parameters(query: Mapping[str, str]) -> Parameters:
    """The parameters of a decoded query string.

    Raises:
        BadRequestError: with Orion's text for the last parameter that is wrong.
    """
    if not query:
        return DEFAULTS
    said: dict[str, Any] = {}
    wrong: BadRequestError | None = None
    for name, value in query.items():
        try:
            _read_one(said, name, value)
        except BadRequestError as error:
            wrong = error  # Orion reads on, and tells the last
    if wrong is not None:
        raise wrong
    return Parameters(**said)


def _read_one(said: dict[str, Any], name: str, value: str) -> None:
    """Note under the field's name what one parameter says."""
    if not value:
        raise BadRequestError(f"Empty right-hand-side for URI param /{quoted(name)}/")
    field, read = _READERS.get(name, (None, _text))
    if name not in _NUMBERS:
        _check_characters(name, value)
    if field is not None:
        parsed = read(value)
        if field == "options":  # they add up; all others mean the last
            parsed = _compatible(parsed | said.get(field, frozenset()))
        said[field] = parsed


def _text(value: str) -> str:
    return value


def _list(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.split(",") if part)


def _offset(value: str) -> int:
    return _decimal(value, "offset")


def _limit(value: str) -> int:
    """How many at most; none at all for who only counts.

    Raises:
        BadRequestError: no number of digits, or more than a page holds.
    """
    number = _decimal(value, "limit", "a positive integer number")
    if number > LARGEST_LIMIT:
        raise BadRequestError(f"Bad pagination limit: /{value}/ [max: {LARGEST_LIMIT}]")
    return number


def _decimal(value: str, what: str, kind: str = "a decimal number") -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 18:  # noqa: PLR2004 — fits 64 bits
        raise BadRequestError(f"Bad pagination {what}: /{quoted(value)}/ [must be {kind}]")
    return int(value)


def _options(value: str) -> frozenset[Option]:
    names = value.split(",")
    if any(name not in _KNOWN for name in names):
        raise BadRequestError("Invalid value for URI param /options/")
    return frozenset(_KNOWN[name] for name in names)


def _compatible(options: frozenset[Option]) -> frozenset[Option]:
    """The options, of which one at most chooses a form."""
    if len(options & _FORMS) > 1:
        raise BadRequestError("Invalid value for URI param /options/")
    return options


_READERS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "id": ("ids", _list),
    "type": ("types", _list),
    "idPattern": ("id_pattern", _text),
    "typePattern": ("type_pattern", _text),
    "q": ("q", _text),
    "mq": ("mq", _text),
    "georel": ("georel", _text),
    "geometry": ("geometry", _text),
    "coords": ("coords", _text),
    "attrs": ("attrs", _list),
    "metadata": ("metadata", _list),
    "orderBy": ("order_by", _text),
    "limit": ("limit", _limit),
    "offset": ("offset", _offset),
    "options": ("options", _options),
}

_NUMBERS: Final = frozenset({"limit", "offset"})
# Parameters whose own syntax needs characters that are refused elsewhere.
_FREE: Final = frozenset({"q", "mq", "idPattern", "typePattern"})
_ALLOWED: Final = {"geometry": "=;", "georel": "=;", "coords": ";"}


def _check_characters(name: str, value: str) -> None:
    if name in _FREE:
        return
    allowed = _ALLOWED.get(name, "")
    bad = has_forbidden_but(value, allowed) if allowed else has_forbidden(value)
    if bad or has_forbidden(name):
        raise BadRequestError("invalid character in URI parameter")


def check_together(parameters: Parameters) -> None:
    """What a list of entities asks for goes together; single entities do not look at it.

    Raises:
        BadRequestError: it does not.
    """
    if parameters.ids and parameters.id_pattern:
        raise BadRequestError("Incompatible parameters: id, IdPattern")
    if parameters.types and parameters.type_pattern:
        raise BadRequestError("Incompatible parameters: type, typePattern")
    georel, geometry, coords = parameters.georel, parameters.geometry, parameters.coords
    if coords and not geometry:
        raise _lonely("coords", "geometry")
    if geometry and not coords:
        raise _lonely("geometry", "coords")
    if georel and not geometry:
        raise _lonely("georel", "geometry")
    if geometry and not georel:
        raise _lonely("geometry", "georel")


def _lonely(name: str, missing: str) -> BadRequestError:
    return BadRequestError(f"Invalid query: URI param /{name}/ used without /{missing}/")
