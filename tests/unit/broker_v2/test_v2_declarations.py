"""What is declared is what is read and routed."""

from support.federated import federated
from support.memory import MemoryEngine
from support.v2_broker import services

from broker.v2.declarations import OPERATIONS
from broker.v2.history.parameters import NAMES
from broker.v2.parameters import Option, read_parameters
from broker.v2.routes import surface
from kernel.clock import SystemClock
from kernel.ids import SystemIds
from serving.routes import Route


def routes() -> list[Route]:
    clock, ids = SystemClock(), SystemIds()
    engine = MemoryEngine(clock)
    broker, subscriptions = services(engine, clock, ids)
    others = federated(engine, broker, clock=clock, ids=ids)
    return list(surface(broker, subscriptions, others, clock=clock, ids=ids).routes)


def test_every_operation_is_routed_once_under_its_name() -> None:
    names = [route.summary for route in routes()]
    assert sorted(names) == sorted(OPERATIONS)


def test_what_is_written_needs_a_scope_to_write() -> None:
    for route in routes():
        reads = route.method == "GET" or route.path.endswith(("/op/query", "/explain"))
        assert str(route.access) == ("ngsi:read" if reads else "ngsi:write"), route.path


def test_every_declared_parameter_is_read() -> None:
    examples = {"limit": "1", "offset": "1", "options": "count"}
    for declared in OPERATIONS.values():
        for parameter in declared.parameters:
            name = parameter.name
            if name not in NAMES:
                geo = {"georel": "x", "geometry": "x", "coords": "x"}
                query = geo if name in geo else {name: examples.get(name, "x")}
                assert read_parameters(query) != read_parameters({}), name


def test_every_option_is_declared_or_of_old() -> None:
    told = " ".join(
        parameter.text
        for declared in OPERATIONS.values()
        for parameter in declared.parameters
        if parameter.name == "options"
    )
    old = {Option.NORMALIZED, Option.DATE_CREATED, Option.DATE_MODIFIED}
    later = {Option.SKIP_INITIAL_NOTIFICATION}
    of_the_process = {Option.FULL_COUNTERS, Option.LIB_VERSIONS}  # statistics and version
    told_nowhere = {option for option in Option if option.value not in told}
    assert told_nowhere == old | later | of_the_process
