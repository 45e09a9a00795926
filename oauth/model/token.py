"""A token of an operator, a board or another system. Citizens and companies have their own."""

import hashlib
from base64 import urlsafe_b64encode

import msgspec

from kernel.errors import BadRequestError
from kernel.ids import IdSource
from kernel.permission import Permission, Principal, Scope
from kernel.times import Instant

PREFIX = "odori_op_"
_SECRET_BYTES = 32
_HOLDER_BYTES = 12
_LONGEST_NAME = 64
_MOST_LEVELS = 10
_LONGEST_LEVEL = 50


class Secret:
    """The text of a token, which exists once: in the answer to whoever asked for it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Whoever calls this shows it to its owner and keeps nothing."""
        return self._text

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal: what is stored and compared."""
        return hashlib.sha256(self._text.encode()).hexdigest()

    def __repr__(self) -> str:
        return "Secret(…)"

    @classmethod
    def generate(cls, ids: IdSource) -> "Secret":
        """A new secret of 256 bits."""
        return cls(PREFIX + urlsafe_b64encode(ids.random_bytes(_SECRET_BYTES)).decode().rstrip("="))


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a token.

    Attributes:
        name: its label, unique; appears in logs.
        digest: SHA-256 of the secret.
        scopes: what it lets its holder do.
        tenants: None for every tenant.
        types, attributes: the part of the data it shows, by stored names; None for all.
        service_paths: the same by place: `/a` is that path alone, `/a/#` also everything below.
        expires_at: None for never.
        holder: who stands behind it: the same from one token to the next that takes its place, and
            another one for whoever is given the name after it ended.
    """

    name: str
    digest: str
    scopes: frozenset[Scope]
    created_at: Instant
    tenants: frozenset[str] | None = None
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    expires_at: Instant | None = None
    service_paths: frozenset[str] | None = None
    holder: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= _LONGEST_NAME:
            raise BadRequestError(f"The name of a token has 1 to {_LONGEST_NAME} characters")
        if not self.scopes:
            raise BadRequestError("A token needs at least one scope")
        for path in self.service_paths or ():
            _check_service_path(path)

    def is_live(self, now: Instant) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or now < self.expires_at

    def principal(self) -> Principal:
        """Whom the token stands for."""
        return Principal(
            self.name,
            self.scopes,
            Permission(
                types=self.types, attributes=self.attributes, service_paths=self.service_paths
            ),
            self.tenants,
            self.held_by,
        )

    @property
    def held_by(self) -> str:
        """The holder; of tokens that were issued before there were any, the name is as good."""
        return self.holder or self.name


def fresh_holder(ids: IdSource) -> str:
    """A holder that nobody was before."""
    return ids.random_bytes(_HOLDER_BYTES).hex()


def _check_service_path(path: str) -> None:
    """FIWARE "Service path": absolute, at most ten levels of letters, digits and underscores.

    Raises:
        BadRequestError: it is no such path: a token for it would never show anything.
    """
    plain = path.removesuffix("/#") if path.endswith("/#") else path
    levels = plain.removeprefix("/").split("/") if plain not in ("", "/") else []
    is_absolute = path.startswith("/") and len(levels) <= _MOST_LEVELS
    if not is_absolute or not all(_is_level(level) for level in levels):
        raise BadRequestError("A service path is like /parks, or /parks/# with all below it")


def _is_level(level: str) -> bool:
    return (
        0 < len(level) <= _LONGEST_LEVEL and level.isascii() and level.replace("_", "a").isalnum()
    )
