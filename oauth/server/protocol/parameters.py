"""Parameters of a query or a form: each at most once, an empty one as if it were not there.

RFC 6749 §3.1 and §3.2.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from oauth.server.protocol.errors import invalid_request

_MOST: Final = 100


class Parameters(msgspec.Struct, frozen=True):
    """What was sent.

    Attributes:
        pairs: as sent, in order.
        repeated: names that occur more than once.
    """

    pairs: tuple[tuple[str, str], ...]
    repeated: frozenset[str]

    @property
    def values(self) -> Mapping[str, str]:
        """Those that say something; of a repeated one the first."""
        said: dict[str, str] = {}
        for name, value in self.pairs:
            if value:
                said.setdefault(name, value)
        return said

    def once(self) -> Mapping[str, str]:
        """Those that say something.

        Raises:
            OAuthError: invalid_request: one is repeated.
        """
        if self.repeated:
            raise invalid_request("A parameter is repeated")
        return self.values

    def changed(self, changes: Mapping[str, str | None]) -> "Parameters":
        """With other values; None takes a parameter away."""
        kept = [(name, value) for name, value in self.pairs if name not in changes]
        new = [(name, value) for name, value in changes.items() if value is not None]
        return of_pairs([*kept, *new])

    def render(self) -> str:
        """As a query string that reads back as the same parameters."""
        return urlencode(self.pairs, quote_via=quote, safe="")


def parse(text: str) -> Parameters:
    """Read a query string or a form (WHATWG URL §5.1).

    Raises:
        OAuthError: invalid_request: too many parameters, or not UTF-8.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)
        text.encode()
    except ValueError:
        raise invalid_request("The parameters cannot be read") from None
    return of_pairs(pairs)


def of_pairs(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Parameters out of pairs."""
    kept = tuple(pairs)
    names = [name for name, _ in kept]
    return Parameters(kept, frozenset(name for name in names if names.count(name) > 1))
