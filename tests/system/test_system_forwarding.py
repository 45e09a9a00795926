"""Context providers for real: a second Odori, one that hangs, one that dies, and rings of them."""

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.ingest_stand_ins import until
from support.mongodb import drop_databases
from support.odori_process import Answer, OdoriProcess, Talk, odori_process, talking
from support.receivers import receiving, unused_port

_TIMEOUT_S = 0.5


@contextmanager
def broker(folder: Path, **settings: str) -> Iterator[OdoriProcess]:
    """An Odori that serves nothing but the broker, and gives providers half a second."""
    folder.mkdir(exist_ok=True)
    chosen = {"open": "true", "federation_timeout_s": str(_TIMEOUT_S), **settings}
    with odori_process(folder, "broker", **chosen) as running:
        yield running


async def register(talk: Talk, url: str, *, entity: str = "E1", attrs: Any = ("A",)) -> str:
    document = {
        "dataProvided": {"entities": [{"id": entity, "type": "T"}], "attrs": list(attrs)},
        "provider": {"http": {"url": url}},
    }
    made = await talk.ask("POST", "/v2/registrations", json=document)
    assert made.status == 201, made.body
    return _header(made, b"Location").rsplit("/", 1)[1]


def _header(answer: Answer, name: bytes) -> str:
    return next((value.decode() for key, value in answer.headers if key == name), "")


async def value_of(talk: Talk, name: str = "A", entity: str = "E1") -> Any:
    """The value that the broker tells, or the status if it tells none."""
    answer = await talk.ask("GET", f"/v2/entities/{entity}/attrs/{name}?type=T")
    return orjson.loads(answer.body)["value"] if answer.status == 200 else answer.status


async def forwarding_of(talk: Talk, registration: str) -> dict[str, Any]:
    answer = await talk.ask("GET", f"/v2/registrations/{registration}")
    shown: dict[str, Any] = orjson.loads(answer.body)
    return dict(shown.get("forwardingInformation", {}))


async def said(process: OdoriProcess, text: bytes) -> None:
    """Return once the process has logged it: its log is read by another thread."""
    await until(lambda: text in process.log)


async def make(talk: Talk, **attributes: Any) -> None:
    made = await talk.ask(
        "POST", "/v2/entities?options=keyValues", json={"id": "E1", "type": "T", **attributes}
    )
    assert made.status == 201, made.body


async def test_a_second_odori_provides_what_the_first_does_not_have(tmp_path: Path) -> None:
    with broker(tmp_path / "one") as one, broker(tmp_path / "two") as two:
        async with talking(one) as here, talking(two) as there:
            await make(there, A=1, B=2, C=3)
            await make(here, C=4)
            registration = await register(here, f"{two.url}/v2", attrs=["A", "B"])

            shown = await here.ask("GET", "/v2/entities/E1?type=T&options=keyValues")
            assert orjson.loads(shown.body) == {"id": "E1", "type": "T", "C": 4, "A": 1, "B": 2}

            written = await here.ask(
                "PATCH",
                "/v2/entities/E1/attrs?type=T",
                json={"A": {"value": 10}, "C": {"value": 40}},
            )
            assert written.status == 204, written.body
            assert (await value_of(there), await value_of(there, "C")) == (10, 3)
            assert (await value_of(here), await value_of(here, "C")) == (10, 40)

            known = await forwarding_of(here, registration)
            assert known["timesSent"] == 3
            assert "lastFailure" not in known


async def test_what_is_known_of_forwarding_outlives_the_process(tmp_path: Path) -> None:
    with broker(tmp_path / "two") as two:
        with broker(tmp_path / "one") as one:
            async with talking(one) as here:
                registration = await register(here, f"{two.url}/v2")
                await value_of(here)
            one.stop()
        with broker(tmp_path / "one") as one:
            async with talking(one) as here:
                assert (await forwarding_of(here, registration))["timesSent"] == 1
                await value_of(here)
                assert (await forwarding_of(here, registration))["timesSent"] == 2


async def test_a_provider_that_hangs_costs_its_time_out_and_no_more(tmp_path: Path) -> None:
    with broker(tmp_path / "one") as one:
        async with receiving(swallows=True) as hanging, talking(one) as here:
            await make(here, A=1)
            registration = await register(here, f"{hanging.url}/v2", attrs=["B", "C"])
            other = await register(here, f"{hanging.url}/v2/more", attrs=["D"])

            started = time.monotonic()
            answer = await here.ask("GET", "/v2/entities/E1?type=T&options=keyValues")
            took_s = time.monotonic() - started

            assert orjson.loads(answer.body) == {"id": "E1", "type": "T", "A": 1}
            warnings = [value.decode() for name, value in answer.headers if name == b"Warning"]
            assert warnings == [
                f'199 odori "registration {one_of_both}: Timeout was reached"'
                for one_of_both in (registration, other)
            ]
            # Both were waited for at the same time.
            assert _TIMEOUT_S <= took_s < 2 * _TIMEOUT_S
            assert "lastFailure" in await forwarding_of(here, registration)

            # Nobody else waits: what is here is answered while the other request hangs.
            async with asyncio.TaskGroup() as group:
                slow = group.create_task(here.ask("GET", "/v2/entities/E1?type=T"))
                await hanging.arrived(3)
                assert await value_of(here) == 1
                assert not slow.done()
            assert slow.result().status == 200


async def test_a_provider_that_dies_is_logged_once_and_once_when_it_is_back(tmp_path: Path) -> None:
    with broker(tmp_path / "one") as one:
        async with talking(one) as here:
            with broker(tmp_path / "two") as two:
                port = two.port
                registration = await register(here, f"{two.url}/v2")
                async with talking(two) as there:
                    await make(there, A=1)
                assert await value_of(here) == 1
            # It was killed. A query finds nothing, an update is not done, and nothing is made up.
            assert [await value_of(here) for _ in range(3)] == [404, 404, 404]
            written = await here.ask(
                "PATCH", "/v2/entities/E1/attrs?type=T", json={"A": {"value": 2}}
            )
            assert written.status == 404
            assert "Could not connect to server" in _header(written, b"Warning")
            await said(one, b"context provider fails")
            assert one.log.count(b"context provider fails") == 1

            with _again(tmp_path / "two", port):
                assert await value_of(here) == 1
                await said(one, b"context provider answers again")
                assert await value_of(here) == 1
            assert one.log.count(b"context provider answers again") == 1
            known = await forwarding_of(here, registration)
            assert known["timesSent"] == 7
            assert known["lastFailure"] <= known["lastSuccess"]
            metrics = (await here.ask("GET", "/metrics")).body.decode()
            assert 'odori_forwarded_requests_total{request="query",result="failed"} 3.0' in metrics


@contextmanager
def _again(folder: Path, port: int) -> Iterator[None]:
    with odori_process(folder, "broker", port=port, open="true"):
        yield


async def test_a_provider_that_breaks_off_is_not_asked_twice(tmp_path: Path) -> None:
    heard = 0

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        await reader.readuntil(b"\r\n\r\n")
        heard += 1
        writer.close()

    server = await asyncio.start_server(break_off, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with broker(tmp_path / "one") as one:
            async with talking(one) as here:
                await register(here, f"http://127.0.0.1:{port}/v2")
                written = await here.ask(
                    "PATCH", "/v2/entities/E1/attrs?type=T", json={"A": {"value": {"$inc": 1}}}
                )
                assert written.status == 404
                assert "Server returned nothing" in _header(written, b"Warning")
                assert heard == 1


async def test_a_broker_that_is_its_own_provider_answers_at_once(tmp_path: Path) -> None:
    with broker(tmp_path / "one", federation_timeout_s="10") as one:
        async with talking(one) as here:
            await register(here, f"{one.url}/v2")
            started = time.monotonic()
            assert await value_of(here) == 404
            assert time.monotonic() - started < 5
            await said(one, b"requests go in circles")


async def test_a_ring_of_brokers_ends_where_it_began(tmp_path: Path) -> None:
    patience = {"federation_timeout_s": "10"}
    with (
        broker(tmp_path / "one", **patience) as one,
        broker(tmp_path / "two", **patience) as two,
        broker(tmp_path / "three", **patience) as three,
    ):
        async with talking(one) as first, talking(two) as second, talking(three) as third:
            for talk, following in ((first, two), (second, three), (third, one)):
                await register(talk, f"{following.url}/v2")

            assert [await value_of(talk) for talk in (first, second, third)] == [404, 404, 404]
            written = await second.ask(
                "PATCH", "/v2/entities/E1/attrs?type=T", json={"A": {"value": 2}}
            )
            assert written.status == 404
            await said(one, b"requests go in circles")

            await make(third, A=7)
            assert [await value_of(talk) for talk in (first, second, third)] == [7, 7, 7]


@pytest.mark.parametrize("limit", ["0", "1"])
async def test_no_more_requests_are_forwarded_than_the_limit_says(
    tmp_path: Path, limit: str
) -> None:
    with broker(tmp_path / "one", federation_limit=limit) as one:
        async with receiving(status=200, answer=b"[]") as provider, talking(one) as here:
            await register(here, f"{provider.url}/v2", entity="E1")
            await register(here, f"{provider.url}/v2", entity="E2")
            answer = await here.ask("GET", "/v2/entities?type=T")
            assert answer.status == 200
            assert len(provider.received) == int(limit)


async def test_providers_are_called_where_the_policy_allows_only(tmp_path: Path) -> None:
    port = unused_port()
    with odori_process(tmp_path, "broker") as guarded:
        async with talking(guarded) as here:
            for number, host in enumerate(("127.0.0.1", "169.254.169.254", "localhost", "[::1]")):
                await register(here, f"http://{host}:{port}/v2", entity=f"E{number}")
                answer = await here.ask("GET", f"/v2/entities/E{number}?type=T")
                assert answer.status == 404
                assert "The address is not allowed" in _header(answer, b"Warning"), host


async def test_forwarded_requests_read_as_orion_writes_them(tmp_path: Path) -> None:
    with broker(tmp_path / "one", multiservice="true") as one:
        async with receiving(status=200, answer=b"[]") as provider, talking(one) as here:
            headers = {"Fiware-Service": "City", "Fiware-ServicePath": "/park"}
            document = {
                "dataProvided": {"entities": [{"id": "E1", "type": "T"}], "attrs": ["A"]},
                "provider": {"http": {"url": f"{provider.url}/v2"}},
            }
            await here.ask("POST", "/v2/registrations", json=document, headers=headers)
            await here.ask(
                "GET",
                "/v2/entities/E1?type=T",
                headers={**headers, "Fiware-Correlator": "walk", "X-Auth-Token": "secret"},
            )
            [received] = await provider.arrived(1)
            assert received.request_line == (
                "POST /v2/op/query?limit=20&offset=0&options=count HTTP/1.1"
            )
            assert [name for name, _ in received.headers] == [
                "Fiware-Servicepath",
                "Content-Length",
                "User-Agent",
                "Host",
                "Accept",
                "Fiware-Service",
                "Content-Type",
                "Fiware-Correlator",
            ]
            told = dict(received.headers)
            assert told["Fiware-Servicepath"] == "/park"
            assert told["Fiware-Service"] == "city"
            assert told["User-Agent"].startswith("orion/4.7.0 odori/")
            assert told["Fiware-Correlator"] == "walk; cbfwd=1"
            assert b"secret" not in received.head + received.body


@pytest.mark.mongodb
async def test_what_one_node_registers_the_others_forward(tmp_path: Path, mongodb_url: str) -> None:
    database = f"odori_{secrets.token_hex(6)}"
    shared = {"mongodb_url": mongodb_url, "mongodb_database": database}
    try:
        with (
            broker(tmp_path / "one", **shared) as one,
            broker(tmp_path / "two", **shared) as two,
            broker(tmp_path / "provider") as provider,
        ):
            async with talking(one) as here, talking(two) as beside, talking(provider) as there:
                await make(there, A=1)
                assert await value_of(beside) == 404
                registration = await register(here, f"{provider.url}/v2")
                async with asyncio.timeout(10):
                    while await value_of(beside) != 1:
                        pass
                removed = await beside.ask("DELETE", f"/v2/registrations/{registration}")
                assert removed.status == 204
                async with asyncio.timeout(10):
                    while await value_of(here) != 404:
                        pass
    finally:
        await asyncio.to_thread(drop_databases, mongodb_url, database)
