"""Canonical forms of identifiers that may be counted: one device, one form, any spelling."""

from typing import Final, assert_never

import re2

from ingest.message import Raw
from ingest.normalise import normalise
from ingest.policy.model import IdentifierKind
from ingest.rules import Refusal, Rule

_MAC_BYTES = 6
_MACS = 2**48
_MAC_SPELLING: Final = re2.compile(
    r"[0-9a-f]{2}(?:[:. _-]?[0-9a-f]{2}){5}|[0-9a-f]{4}[.:-][0-9a-f]{4}[.:-][0-9a-f]{4}"
    r"|[0-9a-f]{6}[.:-][0-9a-f]{6}"
)
_SEPARATORS: Final = str.maketrans("", "", ":. _-")
_LOCALLY_ADMINISTERED = 0x02


def canonical(kind: IdentifierKind, raw: Raw) -> bytes:
    """The canonical bytes of an identifier.

    Raises:
        Refusal: it is not of this kind.
    """
    match kind:
        case IdentifierKind.MAC:
            return _mac(raw)
        case _:
            assert_never(kind)


def _mac(raw: Raw) -> bytes:
    """48 bits, big-endian, of any common spelling or of the number itself."""
    if type(raw) is int and 0 <= raw < _MACS:
        return raw.to_bytes(_MAC_BYTES)
    if type(raw) is str:
        text = normalise(raw).strip().lower()
        if _MAC_SPELLING.fullmatch(text):
            return bytes.fromhex(text.translate(_SEPARATORS))
    raise Refusal(Rule.IDENTIFIER)


def is_randomised(kind: IdentifierKind, identifier: bytes) -> bool:
    """Whether the device made the identifier up, so that it is another one next time.

    IEEE 802: the second-lowest bit of a MAC's first octet says "locally administered".
    """
    match kind:
        case IdentifierKind.MAC:
            return bool(identifier[0] & _LOCALLY_ADMINISTERED)
        case _:
            assert_never(kind)
