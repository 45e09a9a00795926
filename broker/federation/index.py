"""Registrations, looked up by what a request names.

IoT agents register each of their devices: a request about one of them must not look at all.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from broker.federation.model import Registration, Selector

_ANY: Final = ""
"""Stands for the registrations that name no id, or no type."""


class RegistrationIndex:
    """The registrations of a tenant, in order of creation."""

    def __init__(self, registrations: Sequence[Registration]) -> None:
        self._all = registrations
        self._by_id: dict[str, dict[int, None]] = {}
        self._by_type: dict[str, dict[int, None]] = {}
        for position, registration in enumerate(registrations):
            for entity in registration.entities:
                self._by_id.setdefault(entity.id, {})[position] = None
                self._by_type.setdefault(entity.type, {})[position] = None

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._all)

    def about(self, selectors: Iterable[Selector]) -> Sequence[Registration]:
        """Those that may concern what any of the selectors names; no selector names everything."""
        found: set[int] = set()
        is_empty = True
        for selector in selectors:
            is_empty = False
            if selector.id:
                found.update(self._by_id.get(selector.id, ()), self._by_id.get(_ANY, ()))
            elif selector.type:
                found.update(self._by_type.get(selector.type, ()), self._by_type.get(_ANY, ()))
            else:
                return self._all
        return self._all if is_empty else [self._all[position] for position in sorted(found)]
