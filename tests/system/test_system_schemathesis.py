"""Any request that the description allows, and many that it does not, gets an answer that is ours.

Schemathesis draws requests from `/openapi.json`; equal descriptions give equal requests.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Final
from unittest import SkipTest

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from support.engines import ENGINES
from support.odori_process import (
    TOKEN,
    WEATHER,
    WEATHER_KEY,
    OdoriProcess,
    odori_process,
    register,
    talking,
)

_HONEST: Final = frozenset({501, 503})
"""What a 5xx may be: declared as not implemented, or a part that is away."""

_EXAMPLES: Final = 8
_NEVER_ENDS: Final = "/live"
"""Server-sent events: the answer has no end to wait for."""


@pytest.fixture(scope="module", params=ENGINES)
def odori(request: pytest.FixtureRequest) -> Iterator[OdoriProcess]:
    store = {}
    if request.param == "mongodb":
        url = request.getfixturevalue("mongodb_url")
        store = {"mongodb_url": url, "mongodb_database": f"odori_{secrets.token_hex(6)}"}
    folder = request.getfixturevalue("tmp_path_factory").mktemp("odori")
    with odori_process(folder, **store) as process:
        asyncio.run(_prepare(process))
        yield process


async def _prepare(process: OdoriProcess) -> None:
    async with talking(process) as talk:
        await register(talk, WEATHER, "weather", WEATHER_KEY)


@pytest.fixture(scope="module")
def operations(odori: OdoriProcess) -> list[Any]:
    described = schemathesis.openapi.from_url(f"{odori.url}/openapi.json")
    found = [one.ok() for one in described.get_all_operations()]
    return [one for one in found if one.path != _NEVER_ENDS]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_breaks_the_process(
    odori: OdoriProcess, operations: list[Any], mode: GenerationMode
) -> None:
    broken: dict[str, str] = {}
    asked = 0
    for operation in operations:
        for case in _drawn(operation, mode):
            status, why = _ask(case)
            asked += 1
            if status >= 500 and status not in _HONEST:
                broken.setdefault(f"{operation.label} {status} {why}", _shown(case))
    assert broken == {}
    assert odori.is_alive()
    assert asked > 3 * len(operations)


def _drawn(operation: Any, mode: GenerationMode) -> Sequence[Any]:
    """Requests of the operation: none where it has nothing that could be wrong."""
    cases: list[Any] = []

    @settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def draw(case: Any) -> None:
        cases.append(case)

    with contextlib.suppress(Unsatisfiable, SkipTest):
        draw()
    return cases


def _ask(case: Any) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    if case.query and "k" in case.query:
        case.query |= {"k": WEATHER_KEY, "i": WEATHER}
    try:
        answer = case.call(headers=headers)
    except (requests.exceptions.InvalidHeader, UnicodeEncodeError):
        return 0, "the client cannot say it"
    return answer.status_code, answer.text


def _shown(case: Any) -> str:
    return f"{case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r}"


def test_the_process_is_well_afterwards(odori: OdoriProcess) -> None:
    async def ask() -> int:
        async with talking(odori) as talk:
            return (await talk.ask("GET", "/readyz")).status

    assert asyncio.run(ask()) == 200
    assert b"request failed" not in odori.log
    assert b"Traceback" not in odori.log
