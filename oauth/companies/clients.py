"""A client out of what was asked for, and what becomes of its secret. Pure."""

import hmac
from base64 import b32encode
from collections.abc import Mapping
from typing import Final

import msgspec

from kernel.errors import BadRequestError, ConflictError
from kernel.ids import IdSource
from kernel.times import Instant
from oauth.companies.redirects import (
    check_form_origin,
    check_logo,
    check_page,
    check_redirect_uri,
)
from oauth.companies.wishes import ClientWish
from oauth.model.companies import MACHINE_SCOPES, Client, ClientKind

SECRET_PREFIX: Final = "odori_cs_"  # noqa: S105 — how a secret begins

_CODE: Final = frozenset({"authorization_code", "refresh_token"})
_OWN: Final = frozenset({"client_credentials"})
_GRANTS: Final[Mapping[ClientKind, tuple[frozenset[str], frozenset[str]]]] = {
    ClientKind.SERVICE: (_CODE, _CODE | _OWN),
    ClientKind.RESOURCE_SERVER: (frozenset(), frozenset()),
    ClientKind.MACHINE: (_OWN, _OWN),
}
"""Kind → what it gets where nothing is said, and what it may have at most (RFC 6749 §1.3)."""

_PREFIX: Final[Mapping[ClientKind, str]] = {
    ClientKind.SERVICE: "svc_",
    ClientKind.RESOURCE_SERVER: "rs_",
    ClientKind.MACHINE: "mach_",
}
_ID_BYTES: Final = 15


def fresh_id(prefix: str, ids: IdSource) -> str:
    """A prefix and 24 characters of chance; no pairwise `sub` has this form (check 28)."""
    return prefix + b32encode(ids.random_bytes(_ID_BYTES)).decode().lower()


def admitted(
    wish: ClientWish,
    *,
    company_id: str,
    secret_digest: str,
    ids: IdSource,
    now: Instant,
    allow_loopback: bool,
) -> Client:
    """A new client of a company. Its contract and its service's terms are still to come.

    Raises:
        InvalidRedirectUriError: an address that nobody should be sent to (check 2).
        BadRequestError: what it asks for does not fit its kind.
    """
    grant_types = _grant_types(wish)
    _check_addresses(wish, allow_loopback=allow_loopback)
    _check_fit(wish, grant_types)
    client_id = fresh_id(_PREFIX[wish.kind], ids)
    return Client(
        id=client_id,
        company_id=company_id,
        kind=wish.kind,
        name=wish.name.bilingual,
        secret_digest=secret_digest,
        created_at=now,
        redirect_uris=wish.redirect_uris,
        form_origins=wish.form_origins,
        grant_types=grant_types,
        scopes=wish.scopes,
        tenants=wish.tenants,
        types=wish.types,
        attributes=wish.attributes,
        contact=wish.contact,
        logo=wish.logo,
        site=wish.site,
        terms_url=wish.terms_url,
        contract_id=f"contract:{client_id}" if wish.kind is ClientKind.SERVICE else "",
    )


def rotated(client: Client, secret_digest: str, *, previous_until: Instant) -> Client:
    """The client with another secret; the one before is good until then, older ones are not.

    Raises:
        ConflictError: the client has ended.
    """
    refuse_ended(client)
    return msgspec.structs.replace(
        client,
        secret_digest=secret_digest,
        previous_digest=client.secret_digest,
        previous_until=previous_until,
    )


def redirected(client: Client, redirect_uris: tuple[str, ...], *, allow_loopback: bool) -> Client:
    """The service, answering elsewhere. Consents and tokens are not touched by it.

    Raises:
        InvalidRedirectUriError: one of them is none.
        BadRequestError: there is none, or citizens do not come to such a client.
        ConflictError: it has ended.
    """
    refuse_ended(client)
    if "authorization_code" not in client.grant_types or not redirect_uris:
        raise BadRequestError("redirectUris are of services that citizens come to, at least one")
    for uri in redirect_uris:
        check_redirect_uri(uri, allow_loopback=allow_loopback)
    return msgspec.structs.replace(client, redirect_uris=redirect_uris)


def without_previous(client: Client) -> Client:
    """The client with its present secret alone."""
    return msgspec.structs.replace(client, previous_digest="", previous_until=Instant(0))


def ended(client: Client, now: Instant) -> Client:
    """The client at its end; records of provision still name it. Ending it again changes nothing.

    Its secrets are forgotten, so that nothing is left to be guessed.
    """
    if client.ended_at is not None:
        return client
    return msgspec.structs.replace(client, ended_at=now, secret_digest="", previous_digest="")


def knows_secret(client: Client, digest: str, now: Instant) -> bool:
    """Whether a digest is that of the client's secret, or of the one before while that is good.

    Takes the same time whatever it compares. An ended client has no secret.
    """
    is_present = _equal(client.secret_digest, digest)
    is_previous = _equal(client.previous_digest, digest) and now < client.previous_until
    return is_present or is_previous


def _equal(known: str, digest: str) -> bool:
    same = hmac.compare_digest(known.encode(), digest.encode("utf-8", "replace"))
    return same and bool(known)


def refuse_ended(client: Client) -> None:
    """Let a living client pass.

    Raises:
        ConflictError: it has ended.
    """
    if client.ended_at is not None:
        raise ConflictError("The client has ended")


def _grant_types(wish: ClientWish) -> frozenset[str]:
    usual, most = _GRANTS[wish.kind]
    if wish.grant_types is None:
        return usual
    if not wish.grant_types <= most:
        known = ", ".join(sorted(most)) or "none"
        raise BadRequestError(f"grantTypes of a {wish.kind} are {known}")
    return wish.grant_types


def _check_addresses(wish: ClientWish, *, allow_loopback: bool) -> None:
    for uri in wish.redirect_uris:
        check_redirect_uri(uri, allow_loopback=allow_loopback)
    for origin in wish.form_origins:
        check_form_origin(origin, allow_loopback=allow_loopback)
    check_logo(wish.logo)
    check_page(wish.site, "site", allow_loopback=allow_loopback)
    check_page(wish.terms_url, "termsUrl", allow_loopback=allow_loopback)


def _check_fit(wish: ClientWish, grant_types: frozenset[str]) -> None:
    """Nothing that the kind has no use for: it would be granted by mistake one day."""
    if "authorization_code" in grant_types:
        if not wish.redirect_uris:
            raise BadRequestError("A service needs at least one of redirectUris")
        if not wish.contact:
            raise BadRequestError("A service needs a contact: citizens are told whom to ask")
    elif wish.redirect_uris or wish.form_origins:
        raise BadRequestError("redirectUris are of services that citizens come to")
    if wish.kind is ClientKind.MACHINE:
        if not wish.scopes or not wish.scopes <= MACHINE_SCOPES:
            known = ", ".join(sorted(MACHINE_SCOPES))
            raise BadRequestError(f"scopes of a machine are some of {known}")
    elif wish.scopes or not (wish.tenants is wish.types is wish.attributes is None):
        raise BadRequestError("scopes, tenants, types and attributes are of machines")
