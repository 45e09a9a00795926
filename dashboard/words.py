"""Words, numbers and times in the language of the page. Every sentence stands in `locale/`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from importlib import resources

import orjson

from kernel.times import Instant, to_datetime

JAPAN = timezone(timedelta(hours=9), "JST")
MINUS = "\N{MINUS SIGN}"


class Language(StrEnum):
    """The languages of the boards."""

    JA = "ja"
    EN = "en"


@lru_cache(maxsize=len(Language))
def catalogue(language: Language) -> Mapping[str, str]:
    """Key → sentence, with `{holes}` for values."""
    text = resources.files("dashboard").joinpath("locale", f"{language}.json").read_bytes()
    found: dict[str, str] = orjson.loads(text)
    return found


class Words:
    """Speaks one language. A key that the catalogue lacks is a defect and raises KeyError."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._sentences = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of a key with its holes filled."""
        return self._sentences[key].format(**values)

    def module_words(self) -> dict[str, str]:
        """What the browser's modules say."""
        return {
            key.removeprefix("js."): sentence
            for key, sentence in self._sentences.items()
            if key.startswith("js.")
        }

    def name(self, names: Mapping[str, str], otherwise: str) -> str:
        """The name in this language, else `otherwise`: pages do not mix languages."""
        return names.get(self.language, otherwise)

    def count(self, value: float) -> str:
        """Whole numbers with separators of thousands."""
        return f"{round(value):,}".replace("-", MINUS)

    def decimal(self, value: float, digits: int = 1) -> str:
        """With a fixed number of decimals."""
        return f"{value:,.{digits}f}".replace("-", MINUS)

    def percent(self, ratio: float) -> str:
        """`12%` of 0.12."""
        return f"{ratio * 100:.0f}%".replace("-", MINUS)

    def change(self, ratio: float) -> str:
        """`+12%` of 1.12, `±0%` of 1.0."""
        points = round((ratio - 1) * 100)
        return "±0%" if points == 0 else f"{points:+d}%".replace("-", MINUS)

    def clock(self, instant: Instant) -> str:
        """`18:07` in Japan."""
        return f"{local(instant):%H:%M}"

    def clock_seconds(self, instant: Instant) -> str:
        """`18:07:31` in Japan."""
        return f"{local(instant):%H:%M:%S}"

    def weekday(self, day: date) -> str:
        """`土`, `Sat`."""
        return self(f"weekday.{day.weekday()}")

    def day(self, day: date) -> str:
        """`2月7日(土)`, `Sat 7 Feb`."""
        return self(
            "date.day",
            day=day.day,
            month=self(f"month.{day.month}"),
            weekday=self.weekday(day),
        )

    def short_day(self, day: date) -> str:
        """`2/7(土)`, `Sat 7`."""
        return self("date.short", day=day.day, month=day.month, weekday=self.weekday(day))

    def between(self, since: Instant, until: Instant) -> str:
        """A period with both its ends."""
        return self("date.between", since=self.moment(since), until=self.moment(until))

    def moment(self, instant: Instant) -> str:
        """Day and time."""
        return f"{self.day(local(instant).date())} {self.clock(instant)}"


def local(instant: Instant) -> datetime:
    """The instant as a clock in Japan shows it."""
    return to_datetime(instant).astimezone(JAPAN)


def iso(instant: Instant) -> str:
    """ISO 8601 with Japan's offset, for machines and CSV."""
    return local(instant).isoformat(timespec="seconds")
