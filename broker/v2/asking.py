"""What providers would be asked for, as far as a request names it (`skipForwarding`)."""

from collections.abc import Iterable
from itertools import product
from typing import Final

from broker.federation.model import Selector
from broker.federation.queries import Asked
from broker.subscriptions.model import EntityMatcher
from broker.v2.encode.selection import (
    DATE_CREATED,
    DATE_EXPIRES,
    DATE_MODIFIED,
    EVERY,
    SERVICE_PATH,
)
from broker.v2.parameters import Option, Parameters

_BUILTIN: Final = frozenset({DATE_CREATED, DATE_MODIFIED, DATE_EXPIRES, SERVICE_PATH})


def asked_in(parameters: Parameters) -> Asked | None:
    """What the query string of a list names; None if nobody is to be asked."""
    if parameters.has(Option.SKIP_FORWARDING):
        return None
    selectors = tuple(
        Selector(entity_id, parameters.id_pattern, entity_type, parameters.type_pattern)
        for entity_id, entity_type in product(parameters.ids or ("",), parameters.types or ("",))
    )
    return Asked(selectors, _names(parameters.attrs))


def asked_for(
    matchers: Iterable[EntityMatcher], attrs: tuple[str, ...], parameters: Parameters
) -> Asked | None:
    """What the body of a query names; None if nobody is to be asked."""
    if parameters.has(Option.SKIP_FORWARDING):
        return None
    selectors = tuple(
        Selector(one.id, one.id_pattern, one.type, one.type_pattern) for one in matchers
    )
    return Asked(selectors, _names(attrs))


def asked_about(entity_id: str, attrs: tuple[str, ...], parameters: Parameters) -> Asked | None:
    """What the path of one entity names; None if nobody is to be asked."""
    if parameters.has(Option.SKIP_FORWARDING):
        return None
    return Asked((Selector(id=entity_id, type=parameters.type),), _names(attrs))


def _names(attrs: tuple[str, ...]) -> tuple[str, ...]:
    """The attributes to show; builtin ones are not asked for, and `*` asks for all."""
    if EVERY in attrs:
        return ()
    return tuple(name for name in attrs if name not in _BUILTIN)
