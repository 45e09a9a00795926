"""Who is let in: the guard, the open doors of the demo and of `--open`, the first token."""

import ipaddress

from city.binding.principals import BARE, LOOPBACK
from city.settings.load import ConfigurationError
from city.settings.table import Settings
from kernel.permission import Scope
from oauth.guard import OpenDoor, TokenGuard
from oauth.model.token import Secret
from oauth.tokens.desk import TokenDesk, TokenRequest
from serving.access import Authenticator

OPERATOR = "operator"
_SHORTEST_SECRET = 32
_OPERATOR_SCOPES = frozenset(Scope) - {Scope.INGEST}
"""Not even an operator goes past the de-identification."""


def check_openness(settings: Settings) -> None:
    """Refuse what would leave a door open to the network by mistake.

    Raises:
        ConfigurationError: open on more than loopback, or a secret that is too short.
    """
    if settings.open and not is_loopback(settings.http_host):
        raise ConfigurationError(
            f"open: {settings.http_host} is not loopback; without tokens only 127.0.0.1 is served"
        )
    if settings.operator_token and len(settings.operator_token) < _SHORTEST_SECRET:
        raise ConfigurationError(f"operator.token: at least {_SHORTEST_SECRET} characters")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def first_token(desk: TokenDesk, settings: Settings) -> str:
    """Adopt the operator's token of the settings, or make one if there is no token at all.

    Returns the secret if one was made; it is shown once and kept nowhere.
    """
    wanted = TokenRequest(OPERATOR, _OPERATOR_SCOPES)
    if settings.operator_token:
        await desk.adopt(wanted, Secret(settings.operator_token))
        return ""
    if settings.open or await desk.all():
        return ""
    return (await desk.issue(wanted)).reveal()


def authenticator(settings: Settings, guard: TokenGuard, *, demo: bool) -> Authenticator:
    """The guard, behind a door that stands open where the settings or the demo say so."""
    if demo:
        return OpenDoor(LOOPBACK, guard)
    if settings.open:
        return OpenDoor(BARE, guard)
    return guard
