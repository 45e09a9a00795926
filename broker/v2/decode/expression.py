"""The `expression` of a batch query or of a subscription's condition."""

from typing import Any, Final

import msgspec

from broker.ql.ast import EVERYTHING, Geo, Node, all_of
from broker.ql.errors import QuerySyntaxError
from broker.ql.v2_geo import parse_geo
from broker.ql.v2_query import parse_mq, parse_q
from kernel.errors import BadRequestError

_GEO: Final = ("geometry", "coords", "georel")


class Expression(msgspec.Struct, frozen=True):
    """Filters as they were written; empty: none."""

    q: str = ""
    mq: str = ""
    georel: str = ""
    geometry: str = ""
    coords: str = ""

    def condition(self) -> Node:
        """What `q` and `mq` demand.

        Raises:
            BadRequestError: one of them cannot be read.
        """
        return all_of(
            parse_q(self.q) if self.q else EVERYTHING,
            parse_mq(self.mq) if self.mq else EVERYTHING,
        )

    def geo(self) -> Geo | None:
        """What the geographical part demands.

        Raises:
            QuerySyntaxError: it cannot be read.
        """
        return parse_geo(self.georel, self.geometry, self.coords) if self.georel else None


def decode_expression(value: Any) -> Expression:
    """The expression, every part of which can be read.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if type(value) is not dict:
        raise BadRequestError("expression is not an object")
    if not value:
        raise BadRequestError("expression is empty")
    q = _part(value, "q")
    if q:
        parse_q(q)
    mq = _part(value, "mq")
    if mq:
        parse_mq(mq)
    parts = {name: _part(value, name) for name in _GEO}
    if any(parts.values()) and not all(parts.values()):
        raise BadRequestError(
            "partial geo expression: geometry, georel and coords have to be provided together"
        )
    expression = Expression(q, mq, **parts)
    try:
        expression.geo()
    except QuerySyntaxError as error:
        raise BadRequestError(f"error parsing geo-query fields: {error.message}") from None
    return expression


def _part(body: dict[str, Any], name: str) -> str:
    """A part as it is written; empty if it is absent."""
    if name not in body:
        return ""
    value = body[name]
    if type(value) is not str:
        raise BadRequestError(f"{name} is not a string")
    if not value:
        raise BadRequestError(f"{name} is empty")
    return value
