"""Terms as paragraphs: the few marks that their texts use.

`## ` begins a heading, `1. ` an item of a numbered list, an empty line ends a paragraph. All else
is text, whatever a company writes.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ITEM: Final = re.compile(r"\d{1,3}\. ", re.ASCII)  # noqa: TID251 — ours, linear
_HEADING: Final = "## "


class Sort(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph (one line each) or a list (one line an item)."""

    sort: Sort
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """The blocks of a text, in order."""
    found: list[Block] = []
    for stretch in re.split(r"\n\s*\n", text.strip()):
        lines = tuple(line.strip() for line in stretch.splitlines() if line.strip())
        if lines:
            found.extend(_block(lines))
    return found


def _block(lines: tuple[str, ...]) -> list[Block]:
    if lines[0].startswith(_HEADING):
        heading = Block(Sort.HEADING, (lines[0].removeprefix(_HEADING),))
        return [heading, *(_block(lines[1:]) if lines[1:] else ())]
    if all(_ITEM.match(line) for line in lines):
        return [Block(Sort.LIST, tuple(_ITEM.sub("", line, count=1) for line in lines))]
    return [Block(Sort.PARAGRAPH, lines)]
