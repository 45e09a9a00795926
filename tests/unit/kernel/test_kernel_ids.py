import re
import uuid

from kernel.ids import SeededIds, SystemIds


def test_object_ids_are_24_hexadecimal_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{24}", SystemIds().object_id())


def test_correlators_are_uuids_in_small_letters() -> None:
    text = SystemIds().correlator()
    assert str(uuid.UUID(text)) == text


def test_a_seed_gives_the_same_row_of_ids() -> None:
    first, second = SeededIds(7), SeededIds(7)
    assert [first.object_id() for _ in range(3)] == [second.object_id() for _ in range(3)]
    assert first.random_bytes(8) == second.random_bytes(8)
