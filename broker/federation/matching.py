"""Whether a registration concerns what a request names, and what both have in common."""

from collections.abc import Sequence

from broker.federation.model import ANY_ID, ForwardingMode, Registration, Selector
from broker.ql.patterns import searcher
from kernel.times import Instant


def serving(
    registrations: Sequence[Registration],
    modes: frozenset[ForwardingMode],
    service_path: str,
    now: Instant,
) -> list[Registration]:
    """The registrations whose providers take such requests for this path, in order of creation.

    `service_path` is as the request sent it: several paths, a tree (`/a/#`), or empty for all.
    """
    paths = service_path.split(",") if service_path else ["/#"]
    return [
        one
        for one in registrations
        if one.serves(modes, now) and any(_is_at(one.service_path, path) for path in paths)
    ]


def _is_at(path: str, asked: str) -> bool:
    asked = asked.strip()
    if not asked.endswith("/#"):
        return path == (asked.rstrip("/") or "/")
    top = asked.removesuffix("/#")
    return not top or path == top or path.startswith(f"{top}/")


def common(provided: Selector, asked: Selector) -> Selector | None:
    """The entities that both name, as far as they can be named; None if there are none.

    Of two patterns the provider's is kept: whatever comes back is looked at again.
    """
    same_id = _common_id(provided, asked)
    same_type = _common_type(provided, asked)
    if same_id is None or same_type is None:
        return None
    return Selector(*same_id, same_type)


def _common_id(provided: Selector, asked: Selector) -> tuple[str, str] | None:
    if provided.id and asked.id:
        return (provided.id, "") if provided.id == asked.id else None
    if provided.id:
        return (provided.id, "") if _finds(asked.id_pattern, provided.id) else None
    if asked.id:
        return (asked.id, "") if _finds(provided.id_pattern, asked.id) else None
    if provided.id_pattern in ("", ANY_ID):
        return ("", asked.id_pattern or ANY_ID)
    return ("", provided.id_pattern)


def _common_type(provided: Selector, asked: Selector) -> str | None:
    if provided.type and asked.type:
        return provided.type if provided.type == asked.type else None
    if provided.type and asked.type_pattern:
        return provided.type if _finds(asked.type_pattern, provided.type) else None
    return provided.type or asked.type


def _finds(pattern: str, text: str) -> bool:
    return pattern in ("", ANY_ID) or searcher(pattern)(text)


def takes_updates_of(registration: Registration, entity_id: str, entity_type: str) -> bool:
    """Whether updates of the entity concern the registration.

    One that names a type concerns only those that name it, too (Orion's manual "Context
    Providers"); queries are not that particular.
    """
    asked = Selector(id=entity_id, type=entity_type)
    return any(
        provided.type in ("", entity_type) and common(provided, asked) is not None
        for provided in registration.entities
    )
