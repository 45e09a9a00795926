"""Words of the citizen's pages: names of items, lists, periods. Sentences stand in `locale/`."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from kernel.languages import Language
from kernel.times import Instant
from oauth.model.items import Granularity, Item
from serving.html import words as html
from serving.html.words import local

PACKAGE: Final = "oauth.pages"

_DURATION: Final = re.compile(r"P(\d+)([YMWD])", re.ASCII)  # noqa: TID251 — ours, linear


def catalogue(language: Language) -> Mapping[str, str]:
    """Key → sentence, with `{holes}` for values."""
    return html.catalogue(PACKAGE, language)


class PageWords(html.Words):
    """Speaks one language. Dates carry their year: consents last for months."""

    def __init__(self, language: Language) -> None:
        super().__init__(PACKAGE, language)

    def item(self, item: Item) -> str:
        """`生まれ年`, `Year of birth`."""
        return self(f"item.{item}")

    def granularity(self, item: Item, granularity: Granularity) -> str:
        """How finely, `10年きざみ`; empty where an item has one granularity only."""
        key = f"granularity.{item}.{granularity}"
        return self(key) if self.knows(key) else ""

    def list(self, parts: Iterable[str]) -> str:
        """Several things in a row."""
        return self("list.joint").join(parts)

    def place(self, largest_first: Iterable[str]) -> str:
        """`北海道札幌市中央区`; `Chuo ward, Sapporo, Hokkaido`."""
        parts = [*largest_first]
        return "".join(parts) if self.language is Language.JA else ", ".join(reversed(parts))

    def date(self, instant: Instant) -> str:
        """`2026年2月7日(土)` in Japan."""
        return self.day(local(instant).date())

    def duration(self, text: str) -> str:
        """`12か月` of `P12M`; a duration of several parts stays as the company wrote it."""
        found = _DURATION.fullmatch(text)
        if found is None:
            return text
        count = int(found[1])
        key = f"duration.{found[2]}"
        return self(f"{key}.one" if count == 1 else key, count=count)
