import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.times import Instant
from oauth.model.items import Item
from oauth.model.kinds import WRAPPED_KEYS
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import BrokenSealError, ErasedError, PersonKey, Sealer

CLOCK = ManualClock(Instant(1_700_000_000_000_000))
MASTER = MasterKey(bytes(range(32)))


def sealer(keys: MemoryShelves, master: MasterKey = MASTER) -> Sealer:
    return Sealer(keys.shelf(WRAPPED_KEYS), master, SeededIds(1), CLOCK)


async def test_what_was_sealed_opens_for_the_same_person_and_item() -> None:
    one = sealer(MemoryShelves())
    await one.create("A")
    sealed = await one.seal("A", Item.NAME, "大通 花子".encode())
    assert await one.open("A", Item.NAME, sealed) == "大通 花子".encode()
    assert sealed.updated_at == CLOCK.now()


async def test_nothing_opens_once_the_key_is_destroyed() -> None:
    one = sealer(MemoryShelves())
    await one.create("A")
    sealed = await one.seal("A", Item.NAME, b"Hanako")
    await one.destroy("A")
    with pytest.raises(ErasedError):
        await one.open("A", Item.NAME, sealed)
    with pytest.raises(ErasedError):
        await one.seal("A", Item.NAME, b"Hanako")


async def test_a_new_key_of_the_same_person_does_not_open_what_the_destroyed_one_sealed() -> None:
    one = sealer(MemoryShelves())
    await one.create("A")
    sealed = await one.seal("A", Item.NAME, b"Hanako")
    await one.destroy("A")
    await one.create("A")
    with pytest.raises(BrokenSealError):
        await one.open("A", Item.NAME, sealed)


async def test_creating_a_key_twice_keeps_the_first() -> None:
    one = sealer(MemoryShelves())
    await one.create("A")
    sealed = await one.seal("A", Item.NAME, b"Hanako")
    await one.create("A")
    assert await one.open("A", Item.NAME, sealed) == b"Hanako"


async def test_a_key_store_under_another_master_key_is_refused() -> None:
    keys = MemoryShelves()
    await sealer(keys).create("A")
    with pytest.raises(BrokenSealError):
        await sealer(keys, MasterKey(bytes(32))).seal("A", Item.NAME, b"Hanako")


async def test_a_wrapped_key_does_not_open_under_another_account() -> None:
    keys = MemoryShelves()
    await sealer(keys).create("A")
    shelf = keys.shelf(WRAPPED_KEYS)
    kept = await shelf.get("A")
    assert kept is not None
    await shelf.add(type(kept.value)("B", kept.value.wrapped))
    with pytest.raises(BrokenSealError):
        await sealer(keys).key("B")


def person(account_id: str) -> PersonKey:
    return PersonKey(account_id, bytes(32), ids=SeededIds(2), clock=CLOCK)


@given(plain=st.binary(min_size=4, max_size=200), item=st.sampled_from(Item))
def test_sealed_bytes_never_contain_the_plain_text(plain: bytes, item: Item) -> None:
    sealed = person("A").seal(item, plain)
    assert plain not in sealed.text
    assert person("A").open(item, sealed) == plain


ACCOUNTS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=26)


@given(one=ACCOUNTS, other=ACCOUNTS, items=st.permutations(list(Item)), plain=st.binary())
def test_a_sealed_value_opens_at_no_other_place(
    one: str, other: str, items: list[Item], plain: bytes
) -> None:
    """Even under the same key: the place is part of the seal."""
    sealed = person(one).seal(items[0], plain)
    with pytest.raises(BrokenSealError):
        person(one).open(items[1], sealed)
    if one != other:
        with pytest.raises(BrokenSealError):
            person(other).open(items[0], sealed)


@given(plain=st.binary(), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_breaks_the_seal(plain: bytes, place: int, bit: int) -> None:
    sealed = person("A").seal(Item.NAME, plain)
    altered = bytearray(sealed.text)
    altered[place % len(altered)] ^= 1 << bit
    broken = type(sealed)(sealed.nonce, bytes(altered), sealed.updated_at)
    with pytest.raises(BrokenSealError):
        person("A").open(Item.NAME, broken)


def test_a_sealed_value_with_a_nonce_of_no_possible_length_is_broken_and_no_defect() -> None:
    sealed = person("A").seal(Item.NAME, b"Hanako")
    with pytest.raises(BrokenSealError):
        person("A").open(Item.NAME, type(sealed)(b"", sealed.text, sealed.updated_at))
