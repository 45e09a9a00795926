"""`Fiware-Service` and `Fiware-ServicePath` (Orion manual "Multi tenancy" and "Service paths")."""

import re
from typing import Final, NamedTuple

from broker.ql.selectors import service_paths, update_path
from kernel.errors import BadRequestError

LONGEST_TENANT: Final = 50
_WORD: Final = re.compile(r"[A-Za-z0-9_]*\Z")  # noqa: TID251 — ours, linear


def read_tenant(header: str | None) -> str:
    """The tenant, in lower case; empty for the default one.

    Raises:
        BadRequestError: too long, or not of letters, digits and underscores.
    """
    if not header:
        return ""
    if len(header) > LONGEST_TENANT:
        raise BadRequestError(
            f"bad length - a tenant name can be max {LONGEST_TENANT} characters long"
        )
    if not _WORD.match(header):
        raise BadRequestError(
            "bad character in tenant name - only underscore and alphanumeric characters are allowed"
        )
    return header.lower()


class _Narrow(NamedTuple):
    """What a method that takes one path says to several, and to a tree of them."""

    several: str
    tree: str


_NARROW: Final = {
    "PATCH": _Narrow(
        "more than one servicepath in patch update request is not allowed",
        "servicepath with wildcard # is not allowed in patch update request",
    ),
    "DELETE": _Narrow(
        "more than one servicepath is not allowed in DELETE operation",
        "servicepath with wildcard # is not allowed in DELETE operation",
    ),
}


def check_service_path(header: str, method: str) -> None:
    """What the header breaks of its rules is told before anything that the request is about.

    Raises:
        BadRequestError: it breaks one, or is none that the method takes.
    """
    narrow = _NARROW.get(method)
    if narrow is not None and "," in header:
        raise BadRequestError(narrow.several)
    service_paths(header)
    if narrow is not None and header.endswith(("/#", "/#/")):
        raise BadRequestError(narrow.tree)


def is_at(header: str, path: str) -> bool:
    """Whether what was made at the path is found at that of a request, which may name none.

    `/#` is a path like any other here: that of subscriptions made without one.
    """
    return not header or header.removesuffix("/") == path.removesuffix("/")


def one_path(header: str) -> str | None:
    """The path that a look-up by id is about: empty for any, None for several or for a tree.

    Raises:
        BadRequestError: the path breaks the rules.
    """
    if header in ("", "/#"):
        return ""
    if "," in header or header.endswith("#"):
        return None
    return update_path(header)
