"""The query of the attribute API: `items=profile.birth_year:decade,email`. Pure."""

from collections.abc import Mapping
from typing import Final

from kernel.errors import BadRequestError
from oauth.model.items import GRANULARITIES, Item
from oauth.release.decision import Asked, Question

MOST_SUBJECTS: Final = 1_000
USUAL_SUBJECTS: Final = 100

_LONGEST: Final = 1_000
_DIGITS: Final = 4


def question_of(query: Mapping[str, str]) -> Question | None:
    """What the company asks for by name; None where it takes what there is.

    The ID is part of every answer, so `openid` asks for nothing more.

    Raises:
        BadRequestError: an unknown item or granularity, or an item that is named twice.
    """
    if "items" not in query:
        return None
    text = query["items"]
    if len(text) > _LONGEST:
        raise BadRequestError("The parameter items is too long")
    named = [_asked(part) for part in text.split(",") if part]
    if len({one.item for one in named}) != len(named):
        raise BadRequestError("The parameter items names an item twice")
    return Question.named([one for one in named if one.item is not Item.OPENID])


def limit_of(query: Mapping[str, str]) -> int:
    """How many IDs a page has at most.

    Raises:
        BadRequestError: not a number of the range.
    """
    text = query.get("limit", str(USUAL_SUBJECTS))
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise BadRequestError(f"The parameter limit is a number from 1 to {MOST_SUBJECTS}")
    limit = int(text)
    if not 0 < limit <= MOST_SUBJECTS:
        raise BadRequestError(f"The parameter limit is a number from 1 to {MOST_SUBJECTS}")
    return limit


def _asked(part: str) -> Asked:
    name, colon, granularity = part.partition(":")
    try:
        item = Item(name)
    except ValueError:
        raise BadRequestError("The parameter items names an unknown item") from None
    if not colon:
        return Asked(item)
    if granularity not in GRANULARITIES[item]:
        raise BadRequestError("The parameter items names an unknown granularity")
    return Asked(item, granularity)
