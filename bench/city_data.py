"""Requests with data of the shape that a city has: entities of three attributes."""

import aiohttp
import orjson

from bench.load import request

HEADERS = {"Content-Type": "application/json"}
_BATCH = 1_000


def entity(number: int, value: float = 20.0) -> dict[str, object]:
    """Entity `E<number>`, one of 50 places."""
    return {
        "id": f"E{number}",
        "type": "T",
        "temperature": {"value": value, "type": "Number"},
        "humidity": {"value": (number % 100) / 100, "type": "Number"},
        "place": {"value": f"zone-{number % 50}", "type": "Text"},
    }


def update_request(number: int) -> bytes:
    """One attribute of one of 1,000 entities gets a new value."""
    body = orjson.dumps({"temperature": {"value": number / 10, "type": "Number"}})
    return request("POST", f"/v2/entities/E{number % 1_000}/attrs", body)


def get_request(number: int) -> bytes:
    """One of 1,000 entities is read."""
    return request("GET", f"/v2/entities/E{number % 1_000}")


def batch_request(first: int, count: int = _BATCH) -> bytes:
    """`count` entities from `first` on, appended in one request."""
    entities = [entity(first + index, first % 997) for index in range(count)]
    body = orjson.dumps({"actionType": "append", "entities": entities})
    return request("POST", "/v2/op/update", body)


async def fill(url: str, count: int, *, first: int = 0) -> None:
    """Create entities `first` … `first + count - 1`."""
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        for start in range(first, first + count, _BATCH):
            size = min(_BATCH, first + count - start)
            entities = [entity(start + index) for index in range(size)]
            body = orjson.dumps({"actionType": "append", "entities": entities})
            async with session.post(f"{url}/v2/op/update", data=body) as answer:
                answer.raise_for_status()


async def subscribe_in_vain(url: str, count: int) -> None:
    """Subscriptions that no update of ours matches: by type, by attribute, by value."""
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        for number in range(count):
            body = orjson.dumps(_in_vain(number))
            async with session.post(f"{url}/v2/subscriptions", data=body) as answer:
                answer.raise_for_status()


def _in_vain(number: int) -> dict[str, object]:
    conditions: list[dict[str, object]] = [
        {"entities": [{"idPattern": ".*", "type": f"Other{number}"}]},
        {
            "entities": [{"idPattern": ".*", "type": "T"}],
            "condition": {"attrs": [f"unknown{number}"]},
        },
        {"entities": [{"id": f"X{number}", "type": "T"}]},
        {
            "entities": [{"id": f"E{10_000 + number}", "type": "T"}],
            "condition": {"attrs": ["temperature"], "expression": {"q": "temperature<-300"}},
        },
    ]
    return {
        "subject": conditions[number % len(conditions)],
        "notification": {"http": {"url": "http://127.0.0.1:9/none"}},
    }
