"""Words of the boards: what their pages, charts and modules say. Sentences stand in `locale/`."""

from collections.abc import Mapping
from datetime import date

from kernel.languages import Language
from kernel.times import Instant
from serving.html import words as html
from serving.html.words import MINUS, iso, local

__all__ = ["Language", "Words", "catalogue", "iso", "local"]

_PACKAGE = "dashboard"


def catalogue(language: Language) -> Mapping[str, str]:
    """Key → sentence, with `{holes}` for values."""
    return html.catalogue(_PACKAGE, language)


class Words(html.Words):
    """Speaks one language."""

    def __init__(self, language: Language) -> None:
        super().__init__(_PACKAGE, language)

    def module_words(self) -> dict[str, str]:
        """What the browser's modules say."""
        return {
            key.removeprefix("js."): sentence
            for key, sentence in catalogue(self.language).items()
            if key.startswith("js.")
        }

    def name(self, names: Mapping[str, str], otherwise: str) -> str:
        """The name in this language, else `otherwise`: pages do not mix languages."""
        return names.get(self.language, otherwise)

    def change(self, ratio: float) -> str:
        """`+12%` of 1.12, `±0%` of 1.0."""
        points = round((ratio - 1) * 100)
        return "±0%" if points == 0 else f"{points:+d}%".replace("-", MINUS)

    def short_day(self, day: date) -> str:
        """`2/7(土)`, `Sat 7`."""
        return self("date.short", day=day.day, month=day.month, weekday=self.weekday(day))

    def between(self, since: Instant, until: Instant) -> str:
        """A period with both its ends."""
        return self("date.between", since=self.moment(since), until=self.moment(until))
