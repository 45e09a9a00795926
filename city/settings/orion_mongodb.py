"""Orion tells where MongoDB is by parts, of its command line or its environment; we by a URL."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

_LOCAL: Final = "localhost"


class Part(NamedTuple):
    """One of Orion's options, and its variable."""

    option: str
    variable: str


HOST: Final = Part("-dbhost", "ORION_MONGO_HOST")
_USER: Final = Part("-dbuser", "ORION_MONGO_USER")
_PASSWORD: Final = Part("-dbpwd", "ORION_MONGO_PASSWORD")
_TLS: Final = Part("-dbSSL", "ORION_MONGO_SSL")
_IN_THE_QUERY: Final = {
    Part("-rplSet", "ORION_MONGO_REPLICA_SET"): "replicaSet",
    Part("-dbAuthMech", "ORION_MONGO_AUTH_MECH"): "authMechanism",
    Part("-dbAuthDb", "ORION_MONGO_AUTH_SOURCE"): "authSource",
    _TLS: "tls",
}
WITH_VALUE: Final = {
    part.option: part for part in (HOST, _USER, _PASSWORD, *_IN_THE_QUERY) if part is not _TLS
}
SWITCHES: Final = {_TLS.option: _TLS}


def parts_of(environment: Mapping[str, str]) -> dict[Part, str]:
    """What the variables say; a switch that is off says nothing."""
    parts = (*WITH_VALUE.values(), *SWITCHES.values())
    said = {part: environment[part.variable] for part in parts if environment.get(part.variable)}
    if _TLS in said and said.pop(_TLS).lower() == "true":
        said[_TLS] = "true"
    return said


def url_of(said: Mapping[Part, str]) -> str:
    """The URL of what was said; the host is Orion's own default where none was."""
    spoken = (quote(said[part], safe="") for part in (_USER, _PASSWORD) if part in said)
    credentials = f"{':'.join(spoken)}@" if _USER in said else ""
    query = urlencode({name: said[part] for part, name in _IN_THE_QUERY.items() if part in said})
    return f"mongodb://{credentials}{said.get(HOST, _LOCAL)}/{'?' if query else ''}{query}"
