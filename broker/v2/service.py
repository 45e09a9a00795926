"""`Fiware-Service` and `Fiware-ServicePath` (Orion manual "Multi tenancy" and "Service paths")."""

import re
from typing import Final

from broker.ql.selectors import update_path
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
