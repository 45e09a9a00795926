"""Where signing in leads: to pages of ours that are meant for it, never off this site.

A path that browsers could read as an address elsewhere (`//`, a backslash, a control character)
is not one of ours, and neither is one that escapes its folder or spells a part of it in code
(RFC 9700 §4.11: no open redirector).
"""

import string
from typing import Final
from urllib.parse import unquote

import msgspec

_LONGEST: Final = 8_192
_ALLOWED: Final = frozenset(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/?%")


class Onward(msgspec.Struct, frozen=True):
    """What may follow one way of signing in.

    Attributes:
        home: where it leads if nothing better is said.
        folders: paths that it may lead to, with all below them; `/` is the whole site.
        never: paths that it does not lead to, with all below them.
        asked: paths that it may lead to with a query, and with nothing below them.
    """

    home: str
    folders: frozenset[str]
    never: frozenset[str]
    asked: frozenset[str] = frozenset()

    def safe(self, text: str) -> str:
        """The path and query if it may lead there, else the home."""
        return text if self._may_lead(text) else self.home

    def _may_lead(self, text: str) -> bool:
        if len(text) > _LONGEST or not _ALLOWED.issuperset(text):
            return False
        path, mark, _ = text.partition("?")
        if path in self.asked:
            return bool(mark)
        return _is_plain(path) and _is_in(path, self.folders) and not _is_in(path, self.never)


def _is_plain(path: str) -> bool:
    """Whether every part of it is what it says: neither empty, nor a step up, nor encoded."""
    if path == "/":
        return True
    root, *parts = path.split("/")
    return root == "" and unquote(path) == path and not {"", ".", ".."} & {*parts}


def _is_in(path: str, folders: frozenset[str]) -> bool:
    return any(path == one or path.startswith(one.rstrip("/") + "/") for one in folders)
