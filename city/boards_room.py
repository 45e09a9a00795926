"""The boards of this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from city.broker_room import BrokerRoom
from city.parts import Parts
from dashboard.app import Boards, BoardSettings
from dashboard.ports import ScenarioControl
from serving.access import Authenticator


@asynccontextmanager
async def open_boards(
    parts: Parts,
    broker: BrokerRoom,
    authenticator: Authenticator,
    stage: ScenarioControl | None,
    *,
    sign_in: str,
) -> AsyncIterator[Boards]:
    """Follow the city through the broker, and draw it; `sign_in` is empty if nobody can here."""
    boards = Boards(
        reader=broker.reader,
        changes=broker.reader,
        clock=parts.clock,
        ids=parts.ids,
        authenticator=authenticator,
        settings=BoardSettings(public=parts.settings.dashboard_public),
        control=stage,
        sign_in=sign_in,
    )
    async with boards.running():
        yield boards
