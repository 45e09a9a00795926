"""Reads transcripts of API conversations and holds them over a real socket.

A transcript is a text that documents a rule. It begins with the rule's name and remarks, and goes
on in numbered steps:

    Create Entity: a new entity answers 201 with its location
    NGSI-v2 "Create Entity"
    with multiservice

    01. The entity is made
    > POST /v2/entities
    > Content-Type: application/json
    >
    > {"id": "E1", "type": "T"}
    < HTTP/1.1 201 Created
    < <usual>
    < Location: /v2/entities/E1?type=T
    < Content-Length: 0

What is sent stands behind `>`, what must come back behind `<`, to the letter. `Host` and
`Content-Length` of requests are added. Holes in what comes back: `<date>`, `<uuid>`, `<time>` (an
instant in milliseconds), `<length>`, `<seconds>` and `<id>` (24 hexadecimal digits, whose last
value a request names as `$id`). `<usual>` stands for the headers that begin every answer,
`Date: <date>` and `Fiware-Correlator: <uuid>`. A step may stand for a notification, which must be
the next that is owed:

    03. The receiver hears of it
    ! POST http://localhost:1234/notify
    ! Fiware-Servicepath: /
    …

What the server asks of context providers meanwhile stands behind `>>`, and what they answer behind
`<<`: status, headers and body; or in brackets the reason why there is no answer:

    04. What is not here is asked for
    > GET /v2/entities/E1
    >> POST http://localhost:1234/v2/op/query?limit=20&offset=0&options=count
    >> Fiware-Servicepath: /
    …
    << 200
    <<
    << [{"id":"E1","type":"T"}]
    < HTTP/1.1 200 OK
    …
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

_STEP: Final = re.compile(r"^\d\d\. ")  # noqa: TID251 — ours
_HOLES: Final = {
    "<date>": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "<uuid>": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|\+00:00)",
    "<length>": r"\d+",
    "<seconds>": r"\d+",
    "<id>": r"[0-9a-f]{24}",
}
_USUAL: Final = ("Date: <date>", "Fiware-Correlator: <uuid>")
_HOLE: Final = re.compile("|".join(map(re.escape, _HOLES)))  # noqa: TID251 — ours


@dataclass
class Forward:
    """What a provider hears, and what it answers."""

    asked: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)


@dataclass
class Step:
    """One exchange, with those that it causes, or one notification."""

    title: str
    sent: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    notice: list[str] = field(default_factory=list)
    forwards: list[Forward] = field(default_factory=list)


@dataclass
class Transcript:
    """A conversation: its name, what it needs, and its steps."""

    name: str
    remarks: list[str]
    steps: list[Step]

    @property
    def multiservice(self) -> bool:
        """Whether `Fiware-Service` counts."""
        return "with multiservice" in self.remarks

    @property
    def cors_origin(self) -> str:
        """The origin that may call; empty for none."""
        return self._switch("corsOrigin")

    @property
    def max_body_bytes(self) -> int:
        """The longest body that is read."""
        return int(self._switch("inReqPayloadMaxSize") or 1_048_576)

    def _switch(self, name: str) -> str:
        """The value of a switch of Orion's that a remark sets; empty for none."""
        start = f"with {name} "
        return next((one[len(start) :] for one in self.remarks if one.startswith(start)), "")


def read_transcript(path: Path) -> Transcript:
    """The transcript in a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(index for index, line in enumerate(lines) if _STEP.match(line))
    steps: list[Step] = []
    for line in lines[first:]:
        if _STEP.match(line):
            steps.append(Step(line))
        elif line:
            _add(steps[-1], line, path)
    return Transcript(lines[0], [line for line in lines[1:first] if line], steps)


def _add(step: Step, line: str, path: Path) -> None:
    mark, _, text = line.partition(" ")
    if mark == ">>" and (not step.forwards or step.forwards[-1].answer):
        step.forwards.append(Forward())
    last = step.forwards[-1] if step.forwards else Forward()
    parts = {
        ">": step.sent,
        "<": step.answer,
        "!": step.notice,
        ">>": last.asked,
        "<<": last.answer,
    }
    assert mark in parts, f"{path.name}: a line begins with none of > < ! >> <<: {line}"
    parts[mark].extend(_USUAL if text == "<usual>" else [text])


NextNotice = Callable[[], Awaitable[list[str]]]


class Providers(Protocol):
    """Context providers that answer what they are given, and keep what they hear, in order."""

    parts: list[Sequence[str]]
    heard: list[list[str]]


async def hold(
    transcript: Transcript,
    port: int,
    next_notice: NextNotice,
    providers: Providers | None = None,
) -> None:
    """Go through the steps; the first that differs fails."""
    known: dict[str, str] = {}
    for step in transcript.steps:
        if step.notice:
            _compare(step, step.notice, await next_notice(), known)
            continue
        if providers is not None:
            providers.heard.clear()
            providers.parts[:] = [forward.answer for forward in step.forwards]
        received = await _exchange(port, _request(step.sent, known))
        heard = [] if providers is None else providers.heard
        for forward, asked in zip(step.forwards, heard, strict=False):
            _compare(step, forward.asked, asked, known)
        assert len(step.forwards) == len(heard), f"{step.title}\n  providers heard {heard}"
        _compare(step, step.answer, received, known)


def _request(lines: list[str], known: dict[str, str]) -> bytes:
    head, _, body = "\n".join(lines).partition("\n\n")
    for name, value in known.items():
        head, body = head.replace(f"${name}", value), body.replace(f"${name}", value)
    first, *headers = head.split("\n")
    if body:
        headers.append(f"Content-Length: {len(body.encode())}")
    rows = [f"{first} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(rows).encode() + body.encode()


async def _exchange(port: int, request: bytes) -> list[str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            received = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, body = received.partition(b"\r\n\r\n")
    lines = [line for line in head.decode().split("\r\n") if line != "Connection: close"]
    return [*lines, "", *body.decode().split("\n")] if body else lines


def _compare(step: Step, expected: list[str], received: list[str], known: dict[str, str]) -> None:
    for line, got in zip(expected, received, strict=False):
        found = re.fullmatch(_pattern(line, known), got)
        assert found is not None, f"{step.title}\n  expected {line}\n  received {got}"
        known.update(found.groupdict())
    assert len(expected) == len(received), _difference(step, expected, received)


def _difference(step: Step, expected: list[str], received: list[str]) -> str:
    wanted, got = "\n    ".join(expected), "\n    ".join(received)
    return f"{step.title}\n  expected\n    {wanted}\n  received\n    {got}"


def _pattern(line: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        line = line.replace(f"${name}", value)
    return "".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    at = 0
    for hole in _HOLE.finditer(line):
        yield re.escape(line[at : hole.start()])
        # The first id of a line is remembered.
        first = hole[0] == "<id>" and "<id>" not in line[: hole.start()]
        yield f"(?P<id>{_HOLES[hole[0]]})" if first else _HOLES[hole[0]]
        at = hole.end()
    yield re.escape(line[at:])
