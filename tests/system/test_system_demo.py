"""`odori demo` as people meet it: a browser, the commands of the banner, a power cut."""

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.browser import GATE_NUMBER, chromium, shown_number, watched
from support.canaries import Kit
from support.demo_process import START_S, Demo, demo, shell
from support.receivers import receiving

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]

TRIAL = "urn:ngsi-ld:CrowdFlowObserved:TRY1"
PRINTED_ADDRESS = "02:00:5e:10:00:01"
_SOON_S = 2.0
_FIRST_GATES = ("J1", "J2")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def curls(city: Demo) -> list[str]:
    return [line for line in city.commands if line.startswith("curl")]


def push(city: Demo, **reading: Any) -> None:
    """Send the banner's reading as printed, or with other values in it."""
    line = next(line for line in city.commands if line.startswith("mosquitto_pub"))
    printed = line.rpartition("-m ")[2].strip("'")
    sent = json.dumps({**json.loads(printed), **reading}) if reading else printed
    shell(line.replace(printed, sent))


async def get(url: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json(content_type=None)


async def get_until(url: str, name: str, value: Any) -> Any:
    """The entity once its attribute has the value, which it is to have soon."""
    async with asyncio.timeout(_SOON_S):
        while True:
            try:
                entity = await get(url)
            except AssertionError:
                entity = {}
            if entity.get(name) == value:
                return entity
            await asyncio.sleep(0.02)


def notations(address: str) -> list[bytes]:
    """The spellings of a hardware address that people and databases use."""
    bare = address.replace(":", "")
    texts = (address, address.replace(":", "-"), bare, ".".join((bare[:4], bare[4:8], bare[8:])))
    raw = bytes.fromhex(bare)
    spelled = [case(text).encode() for text in texts for case in (str.lower, str.upper)]
    return [*spelled, raw, raw[::-1], str(int(bare, 16)).encode()]


def files_of(city: Demo) -> Iterator[tuple[str, bytes]]:
    for path in sorted(city.data.iterdir()):
        yield path.name, path.read_bytes()


async def test_one_command_shows_a_board_with_data_within_ten_seconds(tmp_path: Path) -> None:
    async with chromium() as browser, watched(browser) as (page, trouble):
        began = time.monotonic()
        with demo(tmp_path) as city:
            await page.goto(f"{city.url}/flow?lang=en")
            quarters = await page.locator("#gates-rows tbody tr").all_text_contents()
            for gate in _FIRST_GATES:
                # The present quarter hour may have begun a moment ago; those before have numbers.
                assert any(row.startswith(gate) and "open" in row for row in quarters)
            assert time.monotonic() - began < START_S
            await page.locator("html[data-state=ready]").wait_for(state="attached")
            await page.goto(f"{city.url}/?lang=ja")
            await page.locator("html[data-state=ready]").wait_for(state="attached")
            assert trouble == []


async def test_every_printed_command_works_as_it_is_printed(city: Demo) -> None:
    assert len(city.commands) == 3
    listed = json.loads(shell(curls(city)[0]))
    gates = {entity["id"]: entity for entity in listed}
    assert {"peopleCount", "operatingState"} <= gates["urn:ngsi-ld:CrowdFlowObserved:J1"].keys()
    push(city)
    await get_until(f"{city.url}/v2/entities/{TRIAL}?options=keyValues", "peopleCount", 21)
    entity = json.loads(shell(curls(city)[1]))
    assert (entity["peopleCountTowards"], entity["peopleCountAway"]) == (12, 9)
    assert entity["operatingState"] == "open"


async def test_the_board_shows_a_reading_within_two_seconds_without_reload(city: Demo) -> None:
    towards = 100 + secrets.randbelow(800)
    async with chromium() as browser, watched(browser) as (page, trouble):
        push(city, towards=99)
        await page.goto(f"{city.url}/flow?lang=en")
        await page.locator("html[data-state=ready]").wait_for(state="attached")
        card = page.locator(".gate-card", has_text="TRY1")
        await card.first.wait_for(state="attached")
        place = 1 + await card.first.evaluate(
            "(one) => [...one.parentElement.children].indexOf(one)"
        )
        await page.evaluate("() => { window.sameDocument = true; }")
        push(city, towards=towards)
        north = GATE_NUMBER.format(place=place, heading="north")
        await shown_number(page, north, towards, timeout_s=_SOON_S)
        assert await page.evaluate("() => window.sameDocument")
        assert trouble == []


async def test_an_address_in_a_reading_is_nowhere_afterwards(city: Demo) -> None:
    kit = Kit(secrets.randbits(64))
    planted = kit.named("mac")
    push(city)
    for place, spelling in enumerate(planted.values):
        push(city, towards=1_000 + place, mac=spelling)
    last = 1_000 + len(planted.values) - 1
    v2 = await get_until(
        f"{city.url}/v2/entities/{TRIAL}?options=keyValues", "peopleCountTowards", last
    )
    ld = await get(f"{city.url}/ngsi-ld/v1/entities/{TRIAL}")
    assert ld["peopleCountTowards"]["value"] == last
    assert "mac" not in v2
    assert "mac" not in ld
    said = json.dumps([v2, ld]).encode() + city.output.encode()
    kept = [("answers", said), *files_of(city)]
    assert any(TRIAL.encode() in content for name, content in kept if name.startswith("city."))
    for name, content in kept:
        assert kit.found_in(content) == [], name
        # The banner tells people which address to send, and it alone.
        told = content.replace(city.banner.encode(), b"")
        assert not any(one in told for one in notations(PRINTED_ADDRESS)), name


async def test_a_subscription_delivers_to_a_receiver_on_this_machine(city: Demo) -> None:
    async with receiving() as receiver:
        body = {
            "subject": {"entities": [{"id": TRIAL}], "condition": {"attrs": ["peopleCount"]}},
            "notification": {"http": {"url": f"{receiver.url}/told"}, "attrs": ["peopleCount"]},
        }
        told = await asyncio.to_thread(
            shell,
            f"curl -s -o /dev/null -w '%{{http_code}}' '{city.url}/v2/subscriptions'"
            f" -H 'Content-Type: application/json' -d '{json.dumps(body)}'",
        )
        assert told == "201"
        towards = 2_000 + secrets.randbelow(1_000)
        await asyncio.to_thread(push, city, towards=towards)
        (first,) = await receiver.arrived(1)
    assert first.path == "/told"
    (entity,) = first.json["data"]
    assert entity["peopleCount"]["value"] == towards + 9


async def test_a_power_cut_loses_nothing_and_a_second_start_goes_on(tmp_path: Path) -> None:
    async with receiving() as receiver:
        with demo(tmp_path) as before:
            subscription = await _subscribe(before, receiver.url)
            push(before, towards=501)
            await receiver.arrived(1)
            counted = await _times_sent(before, subscription, least=1)
            history = await _history(before)
            token = _operators_token(before)
            before.kill()
        with demo(tmp_path) as after:
            entity = await get(f"{after.url}/v2/entities/{TRIAL}?options=keyValues")
            assert entity["peopleCountTowards"] == 501
            assert await _history(after) == history
            assert await _times_sent(after, subscription) >= counted
            assert _operators_token(after) == token
            push(after, towards=502)
            told = await receiver.arrived(len(receiver.received) + 1)
            (changed,) = told[-1].json["data"]
            assert changed["peopleCountTowards"]["value"] == 502
            await _times_sent(after, subscription, least=counted + 1)
            assert await _past_of_j1(after) == sorted(set(await _past_of_j1(after)))
            code, took_s = after.interrupt()
            assert code == 0
            assert took_s < _SOON_S
            assert "Traceback" not in after.output


async def test_ctrl_c_ends_within_two_seconds_while_boards_are_open(tmp_path: Path) -> None:
    with demo(tmp_path) as city:
        async with aiohttp.ClientSession() as session:
            streams = [await session.get(f"{city.url}/live") for _ in range(3)]
            assert {stream.status for stream in streams} == {200}
            code, took_s = await asyncio.to_thread(city.interrupt)
        assert (code, took_s < _SOON_S) == (0, True)


async def _subscribe(city: Demo, receiver: str) -> str:
    body = {
        "subject": {"entities": [{"id": TRIAL}]},
        "notification": {"http": {"url": receiver}},
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{city.url}/v2/subscriptions", json=body) as answer,
    ):
        assert answer.status == 201
        return answer.headers["Location"].rpartition("/")[2]


async def _times_sent(city: Demo, subscription: str, least: int = 0) -> int:
    """The counter, once it is so high: it is written after the receiver's answer."""
    async with asyncio.timeout(_SOON_S):
        while True:
            found = await get(f"{city.url}/v2/subscriptions/{subscription}")
            sent = int(found["notification"].get("timesSent", 0))
            if sent >= least:
                return sent
            await asyncio.sleep(0.02)


async def _history(city: Demo) -> Any:
    return await get(f"{city.url}/v2/entities/{TRIAL}/attrs/peopleCountTowards?lastN=10")


async def _past_of_j1(city: Demo) -> list[str]:
    """The quarter hours of today that were told before the live ones began."""
    path = "/v2/entities/urn:ngsi-ld:CrowdFlowObserved:J1/attrs/peopleCount?lastN=1000"
    told: list[str] = (await get(city.url + path))["index"]
    return [time for time in told if time < told[-1]][:-4]


def _operators_token(city: Demo) -> str:
    return (city.data / "operator-token").read_text(encoding="ascii")
