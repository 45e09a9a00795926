"""Words, numbers and times in the language of a page. Every sentence stands in a `locale/`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib import resources

import orjson

from kernel.languages import Language
from kernel.times import Instant, to_datetime

JAPAN = timezone(timedelta(hours=9), "JST")
MINUS = "\N{MINUS SIGN}"


@cache
def catalogue(package: str, language: Language) -> Mapping[str, str]:
    """Key → sentence, with `{holes}` for values, of `<package>/locale/<language>.json`."""
    text = resources.files(package).joinpath("locale", f"{language}.json").read_bytes()
    found: dict[str, str] = orjson.loads(text)
    return found


class Words:
    """Speaks one language. A key that the catalogue lacks is a defect and raises KeyError.

    Dates need the keys `weekday.0` (Monday) to `weekday.6`, `month.1` to `month.12` and `date.day`.
    """

    def __init__(self, package: str, language: Language) -> None:
        self.language = language
        self._sentences = catalogue(package, language)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of a key with its holes filled."""
        return self._sentences[key].format(**values)

    def knows(self, key: str) -> bool:
        """Whether the catalogue has the key."""
        return key in self._sentences

    def count(self, value: float) -> str:
        """Whole numbers with separators of thousands."""
        return f"{round(value):,}".replace("-", MINUS)

    def decimal(self, value: float, digits: int = 1) -> str:
        """With a fixed number of decimals."""
        return f"{value:,.{digits}f}".replace("-", MINUS)

    def percent(self, ratio: float) -> str:
        """`12%` of 0.12."""
        return f"{ratio * 100:.0f}%".replace("-", MINUS)

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
            year=day.year,
            day=day.day,
            month=self(f"month.{day.month}"),
            weekday=self.weekday(day),
        )

    def moment(self, instant: Instant) -> str:
        """Day and time."""
        return f"{self.day(local(instant).date())} {self.clock(instant)}"


def local(instant: Instant) -> datetime:
    """The instant as a clock in Japan shows it."""
    return to_datetime(instant).astimezone(JAPAN)


def iso(instant: Instant) -> str:
    """ISO 8601 with Japan's offset, for machines and CSV."""
    return local(instant).isoformat(timespec="seconds")
