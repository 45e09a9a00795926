"""Topics of the IoT Agents: `/json/<apikey>/<device>/attrs[/<name>]`."""

from typing import Final

import msgspec

from ingest.message import Dialect

_DIALECTS: Final = {dialect.value: dialect for dialect in Dialect}
_SHORTEST, _LONGEST = 4, 5
_ATTRIBUTES: Final = "attrs"


class Sender(msgspec.Struct, frozen=True):
    """Who sent something, and in which dialect. Holds a key: its `repr` shows none of it."""

    dialect: Dialect
    api_key: str
    device_id: str
    name: str = ""

    def __repr__(self) -> str:
        return f"<Sender /{self.dialect}/{{key}}/{{device}}/attrs>"


def parse_topic(topic: str) -> Sender | None:
    """The sender that a topic names; None for every other topic."""
    parts = topic.removeprefix("/").split("/")
    if not _SHORTEST <= len(parts) <= _LONGEST or parts[3] != _ATTRIBUTES or not all(parts):
        return None
    dialect = _DIALECTS.get(parts[0])
    if dialect is None:
        return None
    return Sender(dialect, parts[1], parts[2], parts[4] if len(parts) == _LONGEST else "")
