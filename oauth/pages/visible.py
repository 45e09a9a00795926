"""The text that a page shows, for the record of what somebody agreed to.

Of one element: all its text in document order, each stretch with its white space folded into single
spaces, one line each, empty ones left out; UTF-8. What stands in an element with the attribute
`data-own` is the person's own value and is left out together with everything inside it.

What is read are templates of ours, well-formed and with every value escaped: a parser that forgives
the mistakes of others would be most of what a consent page costs.
"""

import hashlib
import re
from collections.abc import Iterator
from html import unescape
from typing import Final

_VOID: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_OWN: Final = "data-own"

_QUOTED: Final = r"""\"[^"]*+\"|'[^']*+'"""
_TAG: Final = re.compile(  # noqa: TID251 — of our own pages, linear
    rf"<(/?)([a-z][a-z0-9]*+)((?:[^>\"']|{_QUOTED})*+)>"
)
_VALUES: Final = re.compile(_QUOTED)  # noqa: TID251 — as above


def visible_text(html: str) -> str:
    """The lines of a well-formed fragment without comments."""
    folded = (" ".join(unescape(text).split()) for text in _shown(html))
    return "\n".join(text for text in folded if text)


def digest(html: str) -> str:
    """SHA-256 of `visible_text`, in hexadecimal."""
    return hashlib.sha256(visible_text(html).encode()).hexdigest()


def _shown(html: str) -> Iterator[str]:
    """Each stretch of text between two tags, but of what is the person's own."""
    first, *rest = _TAG.split(str(html))
    yield first
    hidden = 0
    for closing, name, attributes, text in zip(*(rest[at::4] for at in range(4)), strict=True):
        if name not in _VOID and (hidden or _is_own(attributes)):
            hidden += -1 if closing else 1
        if not hidden:
            yield text


def _is_own(attributes: str) -> bool:
    """By the attribute's name; a value that says so is none."""
    return _OWN in attributes and _OWN in _VALUES.sub("", attributes).split()
