"""The rows of the consent page."""

from collections.abc import Mapping

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.items.coarsening import coarsen
from oauth.model.companies import Contract, ContractItem
from oauth.model.consents import Consent
from oauth.model.items import CHOSEN_BY_PERSON, GRANULARITIES, Item
from oauth.server.views import Choice, ItemRow

_ALWAYS_PRESENT = frozenset({Item.OPENID, Item.MEMBER_DATA})


def rows_of(
    items: frozenset[Item],
    contract: Contract,
    *,
    consent: Consent | None,
    news: frozenset[Item],
    values: Mapping[Item, JsonValue],
    now: Instant,
) -> tuple[ItemRow, ...]:
    """One row for each item that is asked for and stands in the contract, in the order of `Item`.

    `consent` is the live one, if any: what was agreed to stands ready again.
    """
    asked = (_contracted(item, contract) for item in Item if item in items)
    return tuple(
        _row(one, consent, one.item in news, values.get(one.item), now)
        for one in asked
        if one is not None
    )


def _contracted(item: Item, contract: Contract) -> ContractItem | None:
    if item is Item.OPENID:
        return ContractItem(Item.OPENID, GRANULARITIES[Item.OPENID][0], required=True)
    return contract.item(item)


def _row(
    contracted: ContractItem,
    consent: Consent | None,
    is_new: bool,
    value: JsonValue,
    now: Instant,
) -> ItemRow:
    item = contracted.item
    choices = tuple(
        Choice(one, None if value is None else coarsen(item, value, one, now))
        for one in _granularities(contracted)
    )
    agreed = None if consent is None else consent.item(item)
    known = [one.granularity for one in choices]
    before = known[0] if agreed is None else agreed.granularity
    return ItemRow(
        item=item,
        choices=choices,
        chosen=before if before in known else known[0],
        required=contracted.required,
        is_new=is_new,
        on=contracted.required or agreed is not None,
        present=item in _ALWAYS_PRESENT or value is not None,
    )


def _granularities(contracted: ContractItem) -> tuple[str, ...]:
    """The contract's, and every coarser one where the person may choose."""
    order = GRANULARITIES[contracted.item]
    start = order.index(contracted.granularity)
    return order[start:] if contracted.item in CHOSEN_BY_PERSON else order[start : start + 1]
