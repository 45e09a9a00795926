"""Hostile input against a real process: a clear refusal, nothing changed, and the process lives."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import aiomqtt
import orjson
import pytest
from support.mosquitto import PROGRAM, running_mosquitto
from support.odori_process import (
    TOKEN,
    WEATHER,
    WEATHER_KEY,
    Answer,
    OdoriProcess,
    Talk,
    odori_process,
    raw,
    register,
    talking,
)

JSON: Final = {"Content-Type": "application/json"}
LD: Final = {"Content-Type": "application/ld+json"}
TEXT: Final = {"Content-Type": "text/plain"}
MIB: Final = 1_048_576
ROOM: Final = {"id": "r", "type": "Room", "temperature": {"value": 21, "type": "Number"}}
ENTITY: Final = "/v2/entities/r"
LD_ENTITIES: Final = "/ngsi-ld/v1/entities"
BATCH: Final = "/v2/op/update"
DEEP: Final = b'{"id":"d","type":"T","a":{"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
IOT: Final = f"/iot/json?k={WEATHER_KEY}&i={WEATHER}"
UL: Final = f"/iot/d?k={WEATHER_KEY}&i={WEATHER}"
PACKED: Final = gzip.compress(b'{"temperature": 1}')
EVIL_PATTERNS: Final = ("(a+)+$", "(a|aa)+$", "(.*a){20}$", "(?:a?){30}a{30}$", "([a-zA-Z]+)*!$")


class Attack(NamedTuple):
    """A request and the answer that it must have."""

    name: str
    status: int
    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 — never changed
    token: str = TOKEN


def entity(**attributes: Any) -> bytes:
    return orjson.dumps({"id": "h", "type": "T", **attributes})


def valued(value: str) -> bytes:
    """An entity whose attribute has this JSON text as its value."""
    return b'{"id":"h","type":"T","a":{"value":' + value.encode() + b"}}"


def posted(name: str, status: int, body: bytes, path: str = "/v2/entities") -> Attack:
    return Attack(name, status, "POST", path, body, JSON)


def measured(name: str, status: int, body: bytes, path: str = IOT) -> Attack:
    return Attack(f"measure: {name}", status, "POST", path, body, JSON)


BROKEN_JSON: Final = [
    posted("half an object", 400, b'{"id": "h", "type"'),
    posted("an empty body", 411, b""),
    posted("only blanks", 400, b"   "),
    posted("100,000 brackets in a value", 400, DEEP),
    posted("100,000 open brackets", 400, b"[" * 100_000),
    posted("100,000 open braces", 400, b'{"a":' * 100_000),
    posted("not UTF-8", 400, b'{"id": "\xff\xfe", "type": "T"}'),
    posted("overlong UTF-8", 400, b'{"id": "\xc0\xaf", "type": "T"}'),
    posted("a surrogate in UTF-8", 400, b'{"id": "\xed\xa0\x80", "type": "T"}'),
    posted("a lone surrogate as an escape", 400, valued('"\\ud800"')),
    posted("UTF-16", 400, '{"id": "h", "type": "T"}'.encode("utf-16")),
    posted("a byte order mark", 400, b"\xef\xbb\xbf" + entity()),
    posted("NaN", 400, valued("NaN")),
    posted("Infinity", 400, valued("-Infinity")),
    posted("a number without an end", 400, valued("1" * 400)),
    posted("a number beyond doubles", 400, valued("1e999")),
    posted("a comment", 400, b'{"id": "h", /* */ "type": "T"}'),
    posted("single quotes", 400, b"{'id': 'h'}"),
    posted("two documents", 400, entity() + entity()),
    posted("a raw NUL byte", 400, b'{"id": "h\x00", "type": "T"}'),
]
WRONG_TYPES: Final = [
    posted("an array", 400, b"[]"),
    posted("a string", 400, b'"h"'),
    posted("a number", 400, b"7"),
    posted("null", 400, b"null"),
    posted("an id that is a number", 400, b'{"id": 7, "type": "T"}'),
    posted("a type that is a list", 400, b'{"id": "h", "type": ["T"]}'),
    posted("an attribute that is a string", 400, entity(a="x")),
    posted("metadata that is a list", 400, entity(a={"value": 1, "metadata": []})),
    posted("an unknown member of an attribute", 400, entity(a={"value": 1, "valeu": 2})),
    posted("a batch without entities", 400, b'{"actionType": "append"}', BATCH),
    posted("a batch whose entities are an object", 400,
           b'{"actionType": "append", "entities": {}}', BATCH),
    posted("an unknown action", 400, b'{"actionType": "destroy", "entities": []}', BATCH),
    posted("a subscription without a subject", 400, b'{"notification": {}}', "/v2/subscriptions"),
    posted("a query that is a list", 400, b"[]", "/v2/op/query"),
    Attack("an LD entity without a type", 400, "POST", LD_ENTITIES, b'{"id": "urn:x:y"}', JSON),
    Attack("an LD id that is no URI", 400, "POST", LD_ENTITIES,
           b'{"id": "no uri", "type": "T"}', JSON),
    Attack("an LD batch that is an object", 400, "POST",
           "/ngsi-ld/v1/entityOperations/create", b"{}", JSON),
    Attack("an LD context that is a number", 400, "POST", LD_ENTITIES,
           b'{"@context": 7, "id": "urn:x:y", "type": "T"}', LD),
]  # fmt: skip
FORBIDDEN: Final = [
    *(
        posted(f"{letter!r} in an id", 400, orjson.dumps({"id": f"h{letter}", "type": "T"}))
        for letter in "<>\"'=;()\x00\n &?/#"
    ),
    *(
        posted(f"{letter!r} in a value", 400, entity(a={"value": f"x{letter}"}))
        for letter in "<>\"'=;()"
    ),
    *(posted(f"{letter!r} in a name", 400, entity(**{f"a{letter}": {}})) for letter in "<>'=;() "),
    posted("an id of 257 letters", 400, orjson.dumps({"id": "h" * 257, "type": "T"})),
    posted("a name of 257 letters", 400, entity(**{"a" * 257: {}})),
    Attack("a NUL in the path", 400, "GET", "/v2/entities/%00"),
    Attack("a quote in the path", 400, "GET", "/v2/entities/%27%20OR%201=1"),
    Attack("broken percent escapes", 400, "GET", "/v2/entities/%ff%fe%27"),
]
TOO_LARGE: Final = [
    posted("2 MiB", 413, b" " * (2 * MIB)),
    posted("2 MiB of a batch", 413, b" " * (2 * MIB), BATCH),
    Attack("2 MiB of LD", 413, "POST", LD_ENTITIES, b" " * (2 * MIB), JSON),
    Attack("2 MiB for the registry", 413, "POST", "/iot/devices", b" " * (2 * MIB), JSON),
    Attack("2 MiB for the token desk", 413, "POST", "/v1/tokens", b" " * (2 * MIB), JSON),
    measured("2 MiB", 413, b" " * (2 * MIB)),
    measured("20 KB", 413, b'{"t": ' + b" " * 20_000 + b"1}"),
]
WRONG_QUERIES: Final = [
    *(
        Attack(f"{what}: {text[:20]!r}", 400, "GET", f"/v2/entities?{what}={quote(text)}")
        for what, text in (
            ("limit", "0x"),
            ("limit", "-1"),
            ("limit", "1001"),
            ("limit", "9" * 400),
            ("limit", "١٢"),
            ("offset", "x"),
            ("offset", "9" * 400),
            ("options", "everything"),
            ("q", "temperature>"),
            ("q", "a==1;;b==2"),
            ("q", "a~=("),
            ("mq", "temperature>1"),
            ("idPattern", "("),
            ("idPattern", "[z-a]"),
            ("idPattern", "a{100000}"),
            ("typePattern", "*"),
            ("georel", "near"),
            ("coords", "1,2"),
        )
    ),
    Attack("a circle around nowhere", 400, "GET",
           "/v2/entities?georel=near;maxDistance:1&geometry=point&coords=91,500"),
    Attack("a polygon that is open", 400, "GET",
           "/v2/entities?georel=coveredBy&geometry=polygon&coords=1,2;3,4;5,6"),
    Attack("an LD q without a value", 400, "GET", f"{LD_ENTITIES}?type=T&q=a%3D%3D"),
    Attack("an LD q of 10,000 brackets", 400, "GET",
           f"{LD_ENTITIES}?type=T&q={'(' * 4_000}"),
    Attack("an LD parameter that nobody has", 400, "GET", f"{LD_ENTITIES}?type=T&evil=1"),
    Attack("an LD limit beyond the largest", 400, "GET", f"{LD_ENTITIES}?type=T&limit=1001"),
    Attack("a tenant that goes up", 400, "GET", "/v2/entities", None,
           {"Fiware-ServicePath": "/../../etc"}),
    Attack("a service path of 100 levels", 400, "GET", "/v2/entities", None,
           {"Fiware-ServicePath": "/a" * 100}),
    Attack("devices beyond the largest page", 400, "GET", "/v1/devices?limit=1001"),
]  # fmt: skip
WRONG_DOORS: Final = [
    Attack("an unknown path", 404, "GET", "/admin"),
    Attack("an unknown path below NGSI-v2", 400, "GET", "/v2/secrets"),
    Attack("an unknown path below NGSI-LD", 404, "GET", "/ngsi-ld/v1/secrets"),
    Attack("a method that the path has not", 405, "DELETE", "/v2/entities"),
    Attack("a method that LD has not", 405, "PATCH", LD_ENTITIES),
    Attack("a method that nobody has", 400, "BREW", "/v2/entities"),
    Attack("TRACE", 405, "TRACE", "/version"),
    Attack("a wrong token", 401, "GET", "/v2/entities", token="x" * 40),
    Attack("a token of 6,000 letters", 401, "GET", "/v2/entities", token="x" * 6_000),
    Attack("basic credentials", 401, "GET", "/v2/entities", None,
           {"Authorization": "Basic b3BlcmF0b3I6eA=="}),
    Attack("a body where none is read", 415, "POST", "/v2/entities", b"<x/>",
           {"Content-Type": "text/xml"}),
    Attack("a form", 415, "POST", "/v2/entities", b"id=h",
           {"Content-Type": "application/x-www-form-urlencoded"}),
    Attack("nothing that we speak", 406, "GET", "/v2/entities", None, {"Accept": "text/xml"}),
    Attack("a file beside the assets", 404, "GET", "/boards/static/x/..%2f..%2f..%2fetc%2fpasswd"),
    Attack("a schema beside the schemas", 404, "GET", "/ns/schema/..%2f..%2fsettings.json"),
    Attack("an unknown entity", 404, "GET", "/v2/entities/nobody"),
    Attack("an unknown device", 404, "GET", "/v1/devices/nobody"),
]  # fmt: skip
MEASURES: Final = [
    measured("an unknown device", 403, b'{"t": 1}', f"/iot/json?k={WEATHER_KEY}&i=nobody"),
    measured("a wrong key", 403, b'{"t": 1}', f"/iot/json?k=wrong&i={WEATHER}"),
    measured("no key", 403, b'{"t": 1}', f"/iot/json?i={WEATHER}"),
    measured("nobody at all", 403, b'{"t": 1}', "/iot/json"),
    measured("half an object", 400, b'{"temperature": '),
    measured("100,000 brackets", 413, b"[" * 100_000),
    measured("10,000 brackets", 400, b"[" * 10_000),
    measured("not UTF-8", 400, b'{"temperature": "\xff"}'),
    measured("NaN", 400, b'{"temperature": NaN}'),
    measured("a huge number", 400, b'{"temperature": 1e308}'),
    measured("a number beyond doubles", 400, b'{"temperature": 1e999}'),
    measured("a number of 400 digits", 400, b'{"temperature": ' + b"9" * 400 + b"}"),
    measured("a string", 400, b'{"temperature": "warm"}'),
    measured("an object", 400, b'{"temperature": {"a": {"b": {"c": 1}}}}'),
    measured("a lone surrogate", 400, b'{"visibility": "\\ud800"}'),
    measured("a NUL", 400, b'{"visibility": "good\\u0000"}'),
    measured("a value beyond the range", 400, b'{"temperature": 61}'),
    measured("1,000 keys", 400, orjson.dumps({f"k{n}": n for n in range(1_000)})),
    measured("300 measures", 400, orjson.dumps([{"temperature": 1}] * 300)),
    measured("a clock a day ahead", 400,
             b'{"temperature": 1, "observedAt": "2099-01-01T00:00:00Z"}'),
    measured("a clock years behind", 400,
             b'{"temperature": 1, "observedAt": "1999-01-01T00:00:00Z"}'),
    measured("the year 10000", 400, b'{"temperature": 1, "observedAt": "10000-01-01T00:00:00Z"}'),
    measured("a time that is none", 400, b'{"temperature": 1, "observedAt": "yesterday"}'),
    measured("a wrong time in the query", 400, b'{"temperature": 1}', f"{IOT}&t=yesterday"),
    Attack("measure: packed", 415, "POST", IOT, PACKED, {**JSON, "Content-Encoding": "gzip"}),
    Attack("measure: badly packed", 415, "POST", IOT, b"x", {**JSON, "Content-Encoding": "gzip"}),
    Attack("measure: an encoding", 400, "POST", IOT, b"x", {**JSON, "Content-Encoding": "br"}),
    Attack("measure: UltraLight without a value", 400, "POST", UL, b"temperature|", TEXT),
    Attack("measure: UltraLight of bars", 400, "POST", UL, b"|" * 9_000, TEXT),
    Attack("measure: UltraLight not UTF-8", 400, "POST", UL, b"t|\xff", TEXT),
]  # fmt: skip
ATTACKS: Final = [
    *BROKEN_JSON, *WRONG_TYPES, *FORBIDDEN, *TOO_LARGE, *WRONG_QUERIES, *WRONG_DOORS, *MEASURES,
]  # fmt: skip


@pytest.fixture(scope="module")
def odori(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OdoriProcess]:
    with odori_process(tmp_path_factory.mktemp("odori")) as process:
        asyncio.run(_prepare(process))
        yield process


async def _prepare(process: OdoriProcess) -> None:
    async with talking(process) as talk:
        await register(talk, WEATHER, "weather", WEATHER_KEY)
        made = await talk.ask("POST", "/v2/entities", json=ROOM)
        assert made.status == 201


@pytest.fixture
async def talk(odori: OdoriProcess) -> AsyncIterator[Talk]:
    async with talking(odori) as one:
        yield one


async def everything(talk: Talk) -> dict[str, Any]:
    """All that the doors show of what is stored, without heartbeats, which come by themselves."""
    entities = await _shown(talk, "/v2/entities?limit=1000&options=dateModified")
    return {
        "entities": [one for one in entities if one["type"] != "Device"],
        "subscriptions": await _shown(talk, "/v2/subscriptions?limit=1000"),
        "tokens": await _shown(talk, "/v1/tokens"),
        "devices": await _shown(talk, "/v1/devices?limit=1000"),
    }


async def _shown(talk: Talk, path: str) -> Any:
    return orjson.loads((await talk.ask("GET", path)).body)


async def one_good_request(talk: Talk) -> None:
    value = time.monotonic_ns() % 1_000
    path = f"{ENTITY}/attrs/temperature/value"
    done = await talk.ask("PUT", path, data=b"%d" % value, headers=TEXT)
    assert done.status == 204
    assert (await talk.ask("GET", path, headers={"Accept": "text/plain"})).body == b"%d" % value


async def attacked(talk: Talk, attack: Attack) -> Answer:
    headers = dict(attack.headers)
    token = "" if "Authorization" in headers else attack.token
    return await talk.ask(
        attack.method, attack.path, data=attack.body, headers=headers, token=token
    )


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_what_is_wrong_is_refused_and_changes_nothing(
    odori: OdoriProcess, talk: Talk, attack: Attack
) -> None:
    before, pid = await everything(talk), odori.pid
    answer = await attacked(talk, attack)
    assert answer.status == attack.status, answer.body
    assert await everything(talk) == before
    assert odori.is_alive()
    assert odori.pid == pid


@pytest.mark.parametrize("pattern", EVIL_PATTERNS)
async def test_no_pattern_takes_longer_than_its_text(talk: Talk, pattern: str) -> None:
    """A backtracking engine needs years for these."""
    bait = "a" * 200 + "b"
    made = await talk.ask(
        "POST", "/v2/entities", json={"id": bait, "type": "Bait", "a": {"value": bait}}
    )
    assert made.status in {201, 422}
    condition = quote(f"a~={pattern}")
    asked = [
        f"/v2/entities?idPattern={quote(pattern)}",
        f"{LD_ENTITIES}?type=Bait&idPattern={quote(pattern)}",
    ]
    if "(" not in pattern:
        asked.append(f"/v2/entities?q={condition}")
    begun = time.monotonic()
    for path in asked:
        assert (await talk.ask("GET", path)).status in {200, 400}
    body = {"entities": [{"idPattern": pattern}], "expression": {"q": f"a~={pattern}"}}
    assert (await talk.ask("POST", "/v2/op/query", json=body)).status in {200, 400}
    assert time.monotonic() - begun < 5


HEADS: Final = {
    "no host": b"GET /version HTTP/1.1\r\n\r\n",
    "no request": b"\x00\x01\x02\x03\r\n\r\n",
    "a header of 100 KB": b"GET /version HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "10,000 headers": b"GET /version HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
    "a target of 100 KB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST /v2/entities HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\n{}",
    "a length and chunks": b"POST /v2/entities HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /v2/entities HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a broken chunk": b"POST /v2/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
    b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "a NUL in a header": b"GET /version HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "a bare line feed": b"GET /version HTTP/1.1\nHost: x\n\n\n",
    "a broken gzip": b"POST /v2/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
    b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
async def test_what_is_no_request_is_refused_and_changes_nothing(
    odori: OdoriProcess, talk: Talk, head: bytes
) -> None:
    before = await everything(talk)
    answer = await raw(odori, head)
    assert answer == b"" or answer.split(b" ", 2)[1][:1] in {b"2", b"4"}, answer[:200]
    assert b"aiohttp" not in answer
    assert await everything(talk) == before
    assert odori.is_alive()
    await one_good_request(talk)


async def test_the_refusal_of_what_is_no_request_repeats_none_of_it(odori: OdoriProcess) -> None:
    marker = b"a4:83:e7:11:22:33"
    for head in (
        b"GET /" + marker + b" HTTP/9.9\r\n\r\n",
        marker + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nname of " + marker + b"\r\n\r\n",
    ):
        answer = await raw(odori, head)
        assert b" 400 " in answer.partition(b"\r\n")[0], answer
        assert marker not in answer
    assert marker not in odori.log


async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(talk: Talk) -> None:
    packed = gzip.compress(b" " * (64 * MIB))
    headers = {**JSON, "Content-Encoding": "gzip"}
    answer = await talk.ask("POST", "/v2/entities", data=packed, headers=headers)
    assert answer.status in {400, 413, 415}


TOPICS: Final = (
    "/json",
    "/json//W1/attrs",
    f"/json/{WEATHER_KEY}/W1/attrs/a/b",
    f"/json/{WEATHER_KEY}/nobody/attrs",
    f"/json/wrong/{WEATHER}/attrs",
    f"/xml/{WEATHER_KEY}/{WEATHER}/attrs",
    f"/json/{WEATHER_KEY}/{WEATHER}/attrs/\u200b",
    f"/json/{WEATHER_KEY}/{'x' * 5_000}/attrs",
)


@pytest.mark.mosquitto
@pytest.mark.skipif(not PROGRAM, reason="mosquitto is not installed")
async def test_hostile_and_repeated_messages_leave_one_good_measure(tmp_path: Path) -> None:
    """What HTTP was refused is refused from MQTT; a message that comes fifty times counts once."""
    good = b'{"temperature": 3, "snowHeight": 77.7, "observedAt": "%s"}'
    good %= time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime()).encode()
    topic = f"/json/{WEATHER_KEY}/{WEATHER}/attrs"
    refused = [attack.body or b"" for attack in MEASURES if attack.path == IOT]
    async with running_mosquitto(tmp_path) as mqtt, aiomqtt.Client(mqtt.host, mqtt.port) as client:
        with odori_process(tmp_path, mqtt_url=mqtt.url) as process:
            async with talking(process) as talk:
                await register(talk, WEATHER, "weather", WEATHER_KEY)
                await _until_ready(talk)
                for body in refused:
                    await client.publish(topic, body, qos=1)
                for wrong in TOPICS:
                    await client.publish(wrong, good, qos=1)
                for _ in range(50):
                    await client.publish(topic, good, qos=1)
                assert await _snow(talk) == [77.7]
                assert process.is_alive()
            process.stop()
    assert b"failed" not in process.log


async def _until_ready(talk: Talk) -> None:
    async with asyncio.timeout(20):
        while (await talk.ask("GET", "/readyz")).status != 200:  # noqa: ASYNC110 — over HTTP
            await asyncio.sleep(0.05)


async def _snow(talk: Talk) -> list[float]:
    """The history of the snow height, once there is any and the last message has been handled."""
    path = f"/v2/entities/urn:ngsi-ld:WeatherObserved:{WEATHER}/attrs/snowHeight?lastN=1000"
    count = "odori_ingest_measures_total"
    async with asyncio.timeout(20):
        while _counted((await talk.ask("GET", "/metrics")).body, count) < 50:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return list(orjson.loads((await talk.ask("GET", path)).body)["values"])


def _counted(metrics: bytes, name: str) -> float:
    lines = metrics.decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


async def test_the_process_is_well_afterwards(odori: OdoriProcess, talk: Talk) -> None:
    await one_good_request(talk)
    answer = await talk.ask("POST", IOT, json={"temperature": 21.5})
    assert (answer.status, orjson.loads(answer.body)["accepted"]) == (200, 1)
    assert (await talk.ask("GET", "/readyz")).status == 200
    assert b"request failed" not in odori.log
    assert b"Traceback" not in odori.log
