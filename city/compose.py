"""The composition root: reads top to bottom as the deployment.

Everything that lives is entered once, in the order in which it is needed, and left in the reverse
order: doors close before the broker, the broker before the database.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry

from city.binding.approvals import ApprovalsOfRegistry
from city.boards_room import open_boards
from city.broker_room import BrokerRoom, open_broker
from city.doors import authenticator, check_openness, first_token
from city.health import Health, Probe
from city.identity_room import IdentityRoom, identity_of, open_identity
from city.intake_room import IntakeRoom, open_intake
from city.openapi import Description
from city.parts import Parts
from city.registry_room import RegistryRoom, open_registry
from city.settings.table import Settings
from city.stores import Stores, open_stores
from dashboard.app import Boards
from dashboard.ports import ScenarioControl
from kernel.clock import Clock, SystemClock
from kernel.ids import IdSource, SystemIds
from oauth.guard import TokenGuard
from oauth.ports import DeviceApprovals
from oauth.routes import surface as token_surface
from oauth.staff.pages import SIGN_IN as STAFF_SIGN_IN
from oauth.tokens.desk import TokenDesk
from sensors.models.api import surface as vocabulary_surface
from serving.access import Authenticator
from serving.app import Surface, build_app
from serving.cors import Cors
from serving.tasks import Supervisor


class Room(StrEnum):
    """What a process may serve."""

    BROKER = "broker"
    INGEST = "ingest"
    SENSORS = "sensors"
    DASHBOARD = "dashboard"
    OAUTH = "oauth"


EVERY_ROOM = frozenset(Room)


@dataclass(frozen=True)
class City:
    """A running city.

    Attributes:
        app: what is to be listened with.
        first_token: the operator's token if one was made at this start; shown once.
        broker, registry, intake, boards, identity: rooms that the demo and tests go on with.
        without_identity: why citizens are not served here, if the room was asked for.
        tasks: background work that ends with the city.
    """

    app: web.Application
    stores: Stores
    broker: BrokerRoom
    registry: RegistryRoom
    intake: IntakeRoom | None
    boards: Boards | None
    tasks: Supervisor
    ids: IdSource
    first_token: str = ""
    identity: IdentityRoom | None = None
    without_identity: str = ""


@dataclass(frozen=True)
class World:
    """What a city lives by. The demo's world has a clock of its own and levers on the boards.

    Attributes:
        time: the clock of devices, intake and boards.
        stage: the simulated city's levers, once there is one.
        embedded_mqtt: the MQTT broker is the one inside the process.
        demo: everybody on loopback may read and write what the demo needs.
    """

    clock: Clock = field(default_factory=SystemClock)
    ids: IdSource = field(default_factory=SystemIds)
    time: Clock | None = None
    stage: ScenarioControl | None = None
    embedded_mqtt: bool = False
    demo: bool = False


@asynccontextmanager
async def city(
    settings: Settings, rooms: frozenset[Room] = EVERY_ROOM, world: World | None = None
) -> AsyncIterator[City]:
    """Open the rooms, serve nothing yet.

    Raises:
        ConfigurationError: the settings contradict each other.
        UnavailableError: the database cannot be opened.
    """
    check_openness(settings)
    world = world or World()
    clock, ids = world.clock, world.ids
    metrics = CollectorRegistry()
    async with AsyncExitStack() as opened:
        # What is kept, and who is told when it changes.
        stores = await opened.enter_async_context(open_stores(settings, clock, ids))
        tasks = await opened.enter_async_context(Supervisor())

        # Who may come in.
        desk = TokenDesk(store=stores.tokens, clock=clock, ids=ids)
        token = await first_token(desk, settings)
        guard = TokenGuard(store=stores.tokens, clock=clock)
        door: Authenticator = authenticator(settings, guard, demo=world.demo)

        # The rooms, each with what it serves.
        parts = Parts(settings, stores, tasks, metrics, clock, ids)
        surfaces: list[Surface] = []
        farewells: list[Callable[[], None]] = []
        probes: dict[str, Probe] = {"database": stores.probe}
        broker = await opened.enter_async_context(open_broker(parts, alone=rooms == {Room.BROKER}))
        registry = await open_registry(parts)
        intake, boards, identity, why_not = None, None, None, ""
        if Room.BROKER in rooms:
            surfaces += broker.surfaces
        if Room.OAUTH in rooms:
            surfaces.append(token_surface(desk))
            wanted = identity_of(parts)
            why_not = wanted.why_not
            if not why_not:
                identity = await opened.enter_async_context(
                    open_identity(
                        parts,
                        broker,
                        door,
                        wanted,
                        devices=_approvals(registry, rooms),
                        simulated=world.demo,
                    )
                )
                surfaces += identity.surfaces
                probes |= identity.probes
                door = identity.door
        if Room.SENSORS in rooms:
            surfaces += [registry.surface, vocabulary_surface()]
        if Room.INGEST in rooms:
            intake = await opened.enter_async_context(
                open_intake(
                    parts,
                    broker,
                    registry,
                    time=world.time or clock,
                    embedded_mqtt=world.embedded_mqtt,
                )
            )
            surfaces += intake.surfaces
            probes |= intake.probes
        if Room.DASHBOARD in rooms:
            way_in = "" if identity is None else STAFF_SIGN_IN
            boards = await opened.enter_async_context(
                open_boards(parts, broker, door, world.stage, sign_in=way_in)
            )
            surfaces.append(boards.surface())
            farewells.append(boards.end_streams)

        # One front door.
        surfaces.insert(0, Health(clock, clock.now(), metrics, probes).surface())
        surfaces.append(Description(surfaces).surface())
        app = build_app(
            surfaces,
            authenticator=door,
            registry=metrics,
            clock=clock,
            max_body_bytes=settings.http_max_body,
            log_requests=settings.http_access_log,
            cors=Cors.of(settings.http_cors_origin, settings.http_cors_max_age),
        )
        app.on_shutdown.append(partial(_farewell, farewells))
        yield City(
            app, stores, broker, registry, intake, boards, tasks, ids, token, identity, why_not
        )


def _approvals(registry: RegistryRoom, rooms: frozenset[Room]) -> DeviceApprovals | None:
    """Staff decide about devices where the registry is served."""
    return ApprovalsOfRegistry(registry.registry) if Room.SENSORS in rooms else None


async def _farewell(farewells: Sequence[Callable[[], None]], _: web.Application) -> None:
    """End what would otherwise last until its client leaves."""
    for farewell in farewells:
        farewell()
