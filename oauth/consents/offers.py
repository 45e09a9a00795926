"""What a service offers a person to agree to."""

from collections.abc import Sequence
from typing import Final

from kernel.errors import BadRequestError
from oauth.model.companies import Contract, ContractItem
from oauth.model.consents import ConsentedItem
from oauth.model.items import CHOSEN_BY_PERSON, GRANULARITIES, Item, is_no_finer

_USER_ID: Final = ConsentedItem(Item.OPENID, "sub", required=True)


def agreed(contract: Contract, ticked: Sequence[ConsentedItem]) -> tuple[ConsentedItem, ...]:
    """What was ticked, in the contract's order; the user ID first, which every consent has.

    Raises:
        BadRequestError: an item that is not in the contract or named twice, a granularity that is
            not offered, or a required item that is missing.
    """
    chosen = {one.item: one for one in ticked}
    if len(chosen) != len(ticked):
        raise BadRequestError("An item is named twice")
    for one in ticked:
        _check_offered(contract, one)
    asked = [one for one in contract.items if one.item is not Item.OPENID]
    if any(one.required and one.item not in chosen for one in asked):
        raise BadRequestError("The service needs its required items: agree to them, or refuse all")
    kept = (
        ConsentedItem(one.item, chosen[one.item].granularity, one.required)
        for one in asked
        if one.item in chosen
    )
    return (_USER_ID, *kept)


def _check_offered(contract: Contract, one: ConsentedItem) -> None:
    if one.item is Item.OPENID:
        return
    offered = contract.item(one.item)
    if offered is None:
        raise BadRequestError(f"{one.item} is not in the contract of the service")
    if one.granularity != offered.granularity and not _may_choose(offered, one):
        raise BadRequestError(f"{one.item} is not offered at this granularity")


def _may_choose(offered: ContractItem, one: ConsentedItem) -> bool:
    """Whether the person may make the item this much coarser."""
    return (
        one.item in CHOSEN_BY_PERSON
        and one.granularity in GRANULARITIES[one.item]
        and is_no_finer(one.granularity, offered.granularity, one.item)
    )
