"""Where a login leads: only to pages of ours that are meant for it, never off this site.

A path that browsers could read as an address elsewhere (`//`, a backslash, a control character)
is not one of ours, and neither is one that escapes its folder.
"""

import string
from typing import Final
from urllib.parse import unquote

HOME: Final = "/account"

_LONGEST: Final = 8_192
_ALLOWED: Final = frozenset(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/?%")
_NEVER: Final = frozenset({"/account/login", "/account/logout", "/account/register"})


def safe_next(text: str) -> str:
    """The path and query if a login may lead there, else the account's home."""
    return text if _is_ours(text) else HOME


def _is_ours(text: str) -> bool:
    if not text or len(text) > _LONGEST or not _ALLOWED.issuperset(text):
        return False
    path, mark, _ = text.partition("?")
    if path == "/oauth/authorize":
        return bool(mark)
    return path == HOME or (path.startswith(f"{HOME}/") and _is_plain(path) and path not in _NEVER)


def _is_plain(path: str) -> bool:
    """Whether every part of it is what it says: neither empty, nor a step up, nor encoded."""
    return unquote(path) == path and not {"", ".", ".."} & {*path.split("/")[1:]}
