"""The keys of `ORDER BY`: what `broker.ql.ordering` says, decided by SQL where values are plain."""

import apsw

from broker.ql.ast import Field, OrderBy, Path
from broker.ql.ordering import rank_under
from storage.sqlite.parameters import Parameters
from storage.sqlite.paths import Spot, spot_of


def order_sql(order: OrderBy, params: Parameters) -> str:
    """One key on `entities AS e`, as one or two terms of `ORDER BY`.

    Raises:
        QuerySyntaxError: the geometry to measure from is malformed.
    """
    way = " DESC" if order.descending else ""
    match order:
        case OrderBy(among=frozenset()):
            spot = None
        case OrderBy("id", distance_to=""):
            return f"e.id{way}"
        case OrderBy("type", distance_to=""):
            return f"e.type{way}"
        case OrderBy(Path(Field.CREATED_AT), distance_to=""):
            return f"e.created{way}"
        case OrderBy(Path(Field.MODIFIED_AT), distance_to=""):
            return f"e.modified{way}"
        case OrderBy(Path(Field.EXPIRES_AT), distance_to=""):
            return f"e.expires{way}"  # null, the missing one, comes first
        case OrderBy(Path(Field.SERVICE_PATH), distance_to=""):
            return f"e.path{way}"
        case OrderBy(Path(metadata=(), keys=()) as path, distance_to=""):
            spot = spot_of(path)
        case _:
            spot = None
    kind, value = _asked(order, params)
    if spot is not None:
        kind, value = _plain(spot, kind, value, params)
    return f"{kind}{way}, {value}{way}"


def _asked(order: OrderBy, params: Parameters) -> tuple[str, str]:
    """Kind and value from the ranking itself."""
    ranking = params.add(apsw.pyobject(rank_under(order)))
    return f"odori_kind({ranking}, json(e.doc))", f"odori_value({ranking}, json(e.doc))"


def _plain(spot: Spot, kind: str, value: str, params: Parameters) -> tuple[str, str]:
    """The same, where SQL decides for plain values and the ranking for all others."""
    there = f"json_type(e.doc, {params.add(spot.holder)}) IS NOT NULL"
    json_type = f"json_type(e.doc, {params.add(spot.value)})"
    plain = f"json_extract(e.doc, {params.add(spot.value)})"
    is_date = f"json_extract(e.doc, {params.add(spot.type)}) IN ('DateTime', 'ISO8601')"
    is_huge = f"typeof({plain}) = 'real'"  # an integer beyond 64 bits
    kinds = (
        f"CASE {json_type} WHEN 'integer' THEN CASE WHEN {is_huge} THEN {kind} ELSE 2 END "
        f"WHEN 'real' THEN CASE WHEN {plain} >= 9e18 THEN {kind} ELSE 2 END "
        f"WHEN 'text' THEN CASE WHEN {is_date} THEN {kind} ELSE 3 END "
        f"WHEN 'array' THEN 5 WHEN 'true' THEN 6 WHEN 'false' THEN 6 "
        f"WHEN 'object' THEN {kind} ELSE {there} END"
    )
    values = (
        f"CASE {json_type} WHEN 'integer' THEN CASE WHEN {is_huge} THEN {value} ELSE {plain} END "
        f"WHEN 'real' THEN CASE WHEN {plain} >= 9e18 THEN {value} ELSE {plain} END "
        f"WHEN 'text' THEN CASE WHEN {is_date} THEN {value} ELSE {plain} END "
        f"WHEN 'object' THEN {value} WHEN 'true' THEN 1 ELSE 0 END"
    )
    return kinds, values
