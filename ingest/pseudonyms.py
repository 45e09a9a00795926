"""Pseudonyms that live for a day at one site, and the keys that make and end them (§6).

    p = HMAC-SHA-256(K, kind ‖ 0x1F ‖ canonical(identifier))[:8]

K is random, never derived and never written: once it is overwritten, nobody can compute p again.
"""

import hmac
from typing import Final, final

from ingest.rules import Refusal, Rule
from kernel.ids import IdSource
from kernel.times import DAY_US, HOUR_US, MINUTE_US, Instant

KEY_BYTES = 32
PSEUDONYM_BYTES = 8
TOKYO_US = 9 * HOUR_US
ROLLOVER_US = 4 * HOUR_US
"""04:00 Asia/Tokyo, so that a night out is one day."""
OVERLAP_US = 15 * MINUTE_US
_SEPARATOR: Final = b"\x1f"


@final
class Pseudonym(bytes):
    """8 bytes that stand for a device within one site and day. Prints as nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<Pseudonym>"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("A pseudonym does not leave memory")


class KeyRing:
    """The keys of the sites that this process owns, one for each site and day.

    A site is named with its tenant: two tenants never share one.

    A restart makes new keys: pseudonyms of before and after do not meet.
    """

    def __init__(
        self, ids: IdSource, *, rollover_us: int = ROLLOVER_US, overlap_us: int = OVERLAP_US
    ) -> None:
        self._ids = ids
        self._shift_us = TOKYO_US - rollover_us
        self._overlap_us = overlap_us
        self._keys: dict[tuple[str, int], bytearray] = {}

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._keys)} keys>"

    def site_day(self, at: Instant) -> int:
        """The number of the day, from rollover to rollover, that an instant falls into."""
        return (at + self._shift_us) // DAY_US

    def pseudonym(
        self, site: str, kind: str, identifier: bytes, at: Instant, now: Instant
    ) -> Pseudonym:
        """What stands for an identifier that was observed `at`.

        Raises:
            Refusal: the key of that day is destroyed, or was never made and no longer may be.
        """
        key = self._key(site, self.site_day(at), now)
        digest = hmac.digest(key, kind.encode() + _SEPARATOR + identifier, "sha256")
        return Pseudonym(digest[:PSEUDONYM_BYTES])

    def _key(self, site: str, day: int, now: Instant) -> bytearray:
        if now >= self._end(day):
            raise Refusal(Rule.KEY_GONE)
        key = self._keys.get((site, day))
        if key is None:
            key = self._keys[site, day] = bytearray(self._ids.random_bytes(KEY_BYTES))
        return key

    def _end(self, day: int) -> int:
        """The instant at which the key of a day is destroyed."""
        return (day + 1) * DAY_US - self._shift_us + self._overlap_us

    def forget(self, now: Instant) -> int:
        """Overwrite and drop the keys whose day and overlap have passed; returns how many."""
        gone = [name for name in self._keys if now >= self._end(name[1])]
        for name in gone:
            _overwrite(self._keys.pop(name))
        return len(gone)

    def destroy(self) -> None:
        """Overwrite and drop every key: the process ends."""
        for key in self._keys.values():
            _overwrite(key)
        self._keys.clear()


def _overwrite(key: bytearray) -> None:
    key[:] = bytes(len(key))
