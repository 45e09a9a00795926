import asyncio

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from structlog.testing import capture_logs
from support.asking import asking

from kernel.errors import ConflictError
from kernel.permission import ANYBODY, Principal, Scope
from serving.access import OPEN
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route
from serving.tasks import Supervisor

MARKER = "02:00:5e:10:00:01"


class Nobody:
    """Knows nobody, but lets them in without scopes."""

    async def authenticate(self, request: web.Request) -> Principal:
        assert request is not None
        return ANYBODY


async def _fine(_: web.Request) -> web.Response:
    return json_reply({"fine": True})


async def _fail(_: web.Request) -> web.Response:
    planted = MARKER
    raise RuntimeError(planted)


async def _refuse(_: web.Request) -> web.Response:
    raise ConflictError("The thing exists")


SURFACE = Surface(
    [
        Route("GET", "/fine", _fine, OPEN, "Fine"),
        Route("GET", "/things/{id}", _fine, OPEN, "A template"),
        Route("GET", "/fail", _fail, OPEN, "A defect"),
        Route("GET", "/refuse", _refuse, OPEN, "Refuses"),
        Route("GET", "/scoped", _fine, Scope.OPERATOR, "Needs a scope"),
    ]
)


async def test_an_error_of_ours_is_worded_by_its_kind() -> None:
    async with asking([SURFACE], Nobody()) as client:
        answer = await client.get("/refuse")
        expected = {"error": "Conflict", "description": "The thing exists"}
        assert (answer.status, await answer.json()) == (409, expected)


async def test_a_defect_answers_fixed_text_and_logs_no_message() -> None:
    async with asking([SURFACE], Nobody()) as client:
        with capture_logs() as logs:
            answer = await client.get("/fail")
        assert answer.status == 500
        assert MARKER not in await answer.text()
    assert MARKER not in repr(logs)
    assert logs[0]["error"] == "RuntimeError"
    assert "test_serving_gate.py" in logs[0]["at"]


async def test_a_missing_scope_is_forbidden() -> None:
    async with asking([SURFACE], Nobody()) as client:
        assert (await client.get("/scoped")).status == 403


async def test_unknown_paths_and_methods_have_their_own_answers() -> None:
    async with asking([SURFACE], Nobody()) as client:
        assert (await client.get("/nowhere")).status == 404
        assert (await client.delete("/fine")).status == 405


async def test_metrics_carry_templates_and_never_paths_or_made_up_methods() -> None:
    registry = CollectorRegistry()
    async with asking([SURFACE], Nobody(), registry=registry) as client:
        await client.get(f"/things/{MARKER}")
        await client.get(f"/{MARKER}")
        await client.request("BREW", "/fine")
    text = generate_latest(registry).decode()
    assert 'route="/things/{id}"' in text
    assert MARKER not in text
    assert "BREW" not in text


async def test_a_kept_task_is_started_again_and_ends_with_its_supervisor() -> None:
    runs = 0
    enough = asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            enough.set()
            await asyncio.Event().wait()
        raise RuntimeError(MARKER)

    with capture_logs() as logs:
        async with Supervisor() as supervisor:
            task = supervisor.keep("worker", work)
            async with asyncio.timeout(5):
                await enough.wait()
    assert task.cancelled()
    assert MARKER not in repr(logs)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_get_answers_head_too(method: str) -> None:
    async with asking([SURFACE], Nobody()) as client:
        assert (await client.request(method, "/fine")).status == 200
