"""The text that a page shows, for the record of what somebody agreed to.

Of one element: all its text in document order, each stretch with its white space folded into single
spaces, one line each, empty ones left out; UTF-8. What stands in an element with the attribute
`data-own` is the person's own value and is left out together with everything inside it.
"""

import hashlib
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
OWN: Final = "data-own"


def visible_text(html: str) -> str:
    """The lines of a well-formed fragment."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "\n".join(reader.lines)


def digest(html: str) -> str:
    """SHA-256 of `visible_text`, in hexadecimal."""
    return hashlib.sha256(visible_text(html).encode()).hexdigest()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        if self._hidden or any(name == OWN for name, _ in attrs):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag not in _VOID:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        folded = " ".join(data.split())
        if folded and not self._hidden:
            self.lines.append(folded)
