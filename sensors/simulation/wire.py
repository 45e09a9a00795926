"""From reports to the bytes that devices really send, with the flaws that real devices have.

A device's clock is off by up to two seconds, one message in a thousand comes twice, and some
devices send what they should not: identifiers under names that nobody asked for. The intake has to
live with all three. Each flaw is drawn from a row of its own, so that a report keeps its value.
"""

from collections.abc import Iterable, Iterator, Mapping
from random import Random

import msgspec

from kernel.json import render
from kernel.times import MILLISECOND_US, SECOND_US, Instant, render_millis
from sensors.registry.device import Transport
from sensors.simulation import jst
from sensors.simulation.chance import row
from sensors.simulation.reports import Payload, Reading, Report

MOST_SKEW_S = 2.0
DUPLICATE_SHARE = 0.001
PLANTED_SHARE = 0.01
_MOST_LAG_S = 1.5


class Message(msgspec.Struct, frozen=True):
    """The bytes of one message and the instant of the world at which they leave the device."""

    device: str
    at: Instant
    body: bytes


class Dialect(msgspec.Struct, frozen=True):
    """How a device writes. `short_names`: name of a value → what the device calls it."""

    transport: Transport = Transport.JSON
    short_names: Mapping[str, str] = msgspec.field(default_factory=dict)


PLAIN = Dialect()


class Flaws(msgspec.Struct, frozen=True):
    """How often what goes wrong; shares are 0 to 1."""

    duplicates: float = DUPLICATE_SHARE
    planted: float = PLANTED_SHARE
    skew_s: float = MOST_SKEW_S


def messages(
    seed: int,
    reports: Iterable[Report],
    dialects: Mapping[str, Dialect],
    flaws: Flaws,
) -> Iterator[Message]:
    """The messages of these reports in their order, each device in its dialect."""
    for number, report in enumerate(reports):
        chance = row(seed, "flaws", report.device, report.due, report.observed, number)
        clock = row(seed, "clock", report.device, jst.day_of(report.due))
        skew_s = clock.uniform(-flaws.skew_s, flaws.skew_s)
        observed = _whole_millis(report.observed + skew_s * SECOND_US)
        payload = {"observedAt": render_millis(observed), **report.payload}
        if chance.random() < flaws.planted:
            payload |= planted(chance)
        lag_s = chance.uniform(0.05, _MOST_LAG_S)
        message = Message(
            report.device,
            _whole_millis(report.due + lag_s * SECOND_US),
            encode(payload, dialects.get(report.device, PLAIN)),
        )
        yield message
        if chance.random() < flaws.duplicates:
            yield message


def encode(payload: Payload, dialect: Dialect) -> bytes:
    """JSON, or UltraLight 2.0 (`t|21.5|h|0.6`); values that have a short name go under it."""
    named = {dialect.short_names.get(name, name): value for name, value in payload.items()}
    if dialect.transport is Transport.JSON:
        return render(named)
    return "|".join(f"{name}|{_text(value)}" for name, value in named.items()).encode()


def planted(chance: Random) -> dict[str, Reading]:
    """Something that points at a person, made up, under a name that no policy knows."""
    octets = chance.randbytes(6)
    number = chance.randrange(10**8)
    kinds: list[dict[str, Reading]] = [
        {"mac": ":".join(f"{octet:02X}" for octet in octets)},
        {"bleAddress": octets.hex()},
        {"lastUser": f"visitor{number:08d}@example.jp"},
        {"contact": f"090-{number // 10_000:04d}-{number % 10_000:04d}"},
        {"clientIp": f"198.51.100.{octets[0]}"},
        {"faceVector": chance.randbytes(28).hex()},
        {octets.hex(): 1},
    ]
    return chance.choice(kinds)


def _text(value: Reading) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whole_millis(instant: float) -> Instant:
    return Instant(round(instant / MILLISECOND_US) * MILLISECOND_US)
