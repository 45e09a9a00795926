"""NGSI-v2 as conversations: every text beside this file documents a rule, to the letter."""

from pathlib import Path

import pytest
from golden.runner import hold, read_transcript
from support.federated import PlayedProviders
from support.v2_broker import serving_v2

from broker.ports import Outbox
from broker.v2.door import Limits
from broker.v2.notify import V2Renderer
from kernel.clock import Clock
from kernel.ids import SystemIds
from serving.cors import Cors
from storage.engine import Engine

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*/*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_conversation_goes_as_written(path: Path, engine: Engine, clock: Clock) -> None:
    transcript = read_transcript(path)
    limits = Limits(transcript.multiservice, transcript.max_body_bytes)
    providers = PlayedProviders()
    cors = Cors.of(transcript.cors_origin, 86_400)
    async with serving_v2(
        engine, clock=clock, ids=SystemIds(), limits=limits, fetcher=providers, cors=cors
    ) as port:
        await hold(transcript, port, Notices(engine).next, providers)


class Notices:
    """The notifications that an engine owes, one after the other, as they go over the wire."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._told = 0

    async def next(self) -> list[str]:
        outbox: Outbox = self._engine.outbox
        owed = await outbox.owed(after=self._told, limit=1)
        if not owed:
            return ["(nothing is owed)"]
        [notice] = owed
        self._told = notice.number
        subscription = await self._engine.subscriptions.get(notice.tenant, notice.subscription_id)
        assert subscription is not None
        outgoing = V2Renderer("odori").render(subscription, notice)
        if outgoing is None:  # nothing is sent of it
            return await self.next()
        if outgoing.topic:
            head = [f"MQTT {outgoing.url} {outgoing.topic} qos={outgoing.qos}"]
        else:
            rows = [f"{name}: {value}" for name, value in outgoing.headers]
            head = [f"{outgoing.method} {outgoing.url}", *rows]
        return head if outgoing.body is None else [*head, "", *outgoing.body.decode().split("\n")]


def test_every_rule_has_a_conversation() -> None:
    assert len(TRANSCRIPTS) >= 80


@pytest.mark.parametrize(
    "wrong",
    [
        (
            "< HTTP/1.1 200 OK\n< <usual>\n< Content-Type: application/json\n"
            "< Content-Length: 2\n<\n< {}"
        ),
        "< HTTP/1.1 404 Not Found\n< <usual>",
        "< HTTP/1.1 200 OK\n< <usual>\n< Content-Type: application/json\n< Content-Length: 2",
    ],
)
async def test_a_conversation_that_goes_otherwise_fails(
    wrong: str, engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text(f"A wrong one\n\n01. A list\n> GET /v2/entities\n{wrong}\n", encoding="utf-8")
    async with serving_v2(engine, clock=clock, ids=SystemIds()) as port:
        with pytest.raises(AssertionError, match="A list"):
            await hold(read_transcript(path), port, Notices(engine).next)
