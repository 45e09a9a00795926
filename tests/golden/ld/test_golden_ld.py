"""NGSI-LD as conversations: every text beside this file documents a rule, to the letter."""

from pathlib import Path

import pytest
from golden.runner import hold, read_transcript
from support.ld_broker import listening

from broker.ld.library import ContextLibrary
from kernel.clock import Clock
from storage.engine import Engine

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))
CITY_URL = "https://city.example/context.jsonld"
CITY = {"@context": {"schema": "https://schema.org/", "name": "schema:name"}}


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_conversation_goes_as_written(path: Path, engine: Engine, clock: Clock) -> None:
    library = ContextLibrary({CITY_URL: CITY})
    async with listening(engine, clock=clock, library=library) as port:
        await hold(read_transcript(path), port, _nothing)


async def _nothing() -> list[str]:
    return ["(no subscriptions here)"]


def test_every_group_of_operations_has_a_conversation() -> None:
    assert len(TRANSCRIPTS) >= 6
