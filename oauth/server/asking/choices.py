"""The form of the consent page: what was agreed to. Nothing beyond the page counts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kernel.errors import BadRequestError
from oauth.browser import csrf
from oauth.model.consents import ConsentedItem
from oauth.model.items import Granularity, Item
from oauth.model.texts import Language
from oauth.server.views import (
    AUTHORIZATION,
    DECISION,
    GRANULARITY_PREFIX,
    ITEM_PREFIX,
    LANGUAGE,
    ON,
    SCREEN,
    Decision,
    ItemRow,
)

_FIELDS: Final = frozenset(
    {
        csrf.FIELD,
        AUTHORIZATION,
        DECISION,
        LANGUAGE,
        SCREEN,
        *(f"{prefix}{item}" for prefix in (ITEM_PREFIX, GRANULARITY_PREFIX) for item in Item),
    }
)
"""All that any consent page sends."""


class TamperedError(BadRequestError):
    """The form says what the page did not offer."""

    def __init__(self) -> None:
        super().__init__("The form is not the one of the page")


def check_fields(names: Iterable[str]) -> None:
    """Hold a form against what consent pages have at all, whatever this one has.

    Raises:
        TamperedError: a field that none has, so that nobody takes it for agreed to or refused.
    """
    if not _FIELDS.issuperset(names):
        raise TamperedError


def decision_of(form: Mapping[str, str]) -> Decision:
    """Which button.

    Raises:
        TamperedError: none of the two.
    """
    try:
        return Decision(form.get(DECISION, ""))
    except ValueError:
        raise TamperedError from None


def language_of(form: Mapping[str, str]) -> Language:
    """The language of the page that was decided on.

    Raises:
        TamperedError: none that pages are in.
    """
    try:
        return Language(form.get(LANGUAGE, ""))
    except ValueError:
        raise TamperedError from None


def choices_of(form: Mapping[str, str], rows: Sequence[ItemRow]) -> tuple[ConsentedItem, ...]:
    """What is agreed to: what is required, and the switches that are on, so finely as chosen.

    Raises:
        TamperedError: a switch or granularity that the page does not offer, so too one that is
            finer than the contract's.
    """
    _refuse_unknown(form, rows)
    return tuple(
        ConsentedItem(row.item, _granularity(form, row), row.required)
        for row in rows
        if row.required or form.get(ITEM_PREFIX + row.item) == ON
    )


def _refuse_unknown(form: Mapping[str, str], rows: Sequence[ItemRow]) -> None:
    switches = {ITEM_PREFIX + row.item for row in rows}
    offered = {
        GRANULARITY_PREFIX + row.item: {one.granularity for one in row.choices} for row in rows
    }
    for name, value in form.items():
        if name.startswith(ITEM_PREFIX) and (name not in switches or value != ON):
            raise TamperedError
        if name.startswith(GRANULARITY_PREFIX) and value not in offered.get(name, set()):
            raise TamperedError


def _granularity(form: Mapping[str, str], row: ItemRow) -> Granularity:
    return form.get(GRANULARITY_PREFIX + row.item, row.chosen)
