import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import SeededIds
from oauth.sealing import master
from oauth.sealing.master import MasterKey
from oauth.sealing.secrets import SECRET_LENGTH, digest_of, fresh_secret

LABELS = (master.WRAP, master.LOGIN_NAME, master.THROTTLE, master.PAIRWISE, master.SIGNING)


def test_a_key_is_read_as_it_was_written_with_or_without_padding() -> None:
    key = MasterKey.generate(SeededIds(1))
    text = key.reveal()
    for written in (text, text + "=", f"  {text}\n"):
        assert MasterKey.parse(written).derive("wrap") == key.derive("wrap")


@pytest.mark.parametrize(
    "text", ["", "short", "A" * 42, "A" * 44, "ü" * 43, "!" * 43, "A" * 42 + "/"]
)
def test_anything_but_32_bytes_in_base64url_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as raised:
        MasterKey.parse(text)
    assert not text or text not in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_a_key_or_a_value_error(text: str) -> None:
    try:
        key = MasterKey.parse(text)
    except ValueError:
        return
    assert key.reveal() == text.strip().rstrip("=")


def test_every_purpose_has_a_key_of_its_own() -> None:
    key = MasterKey(bytes(32))
    derived = {key.derive(label) for label in LABELS}
    assert len(derived) == len(LABELS)
    assert all(len(one) == 32 for one in derived)
    assert bytes(32) not in derived


def test_derived_keys_are_those_of_rfc_5869() -> None:
    """HKDF by hand: extract with the salt, expand one block."""
    import hashlib  # noqa: PLC0415 — used by this check alone
    import hmac  # noqa: PLC0415

    secret = hmac.new(b"odori/vault/1", bytes(32), hashlib.sha256).digest()
    block = hmac.new(secret, b"wrap\x01", hashlib.sha256).digest()
    assert MasterKey(bytes(32)).derive("wrap") == block


def test_a_master_key_does_not_print_and_is_not_pickled() -> None:
    key = MasterKey.generate(SeededIds(1))
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert key.reveal() not in shown
        assert "(…)" in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_a_fresh_secret_has_256_bits_and_a_digest_that_differs() -> None:
    ids = SeededIds(1)
    one, other = fresh_secret(ids), fresh_secret(ids)
    assert len(one) == len(other) == SECRET_LENGTH
    assert one != other
    assert len(digest_of(one)) == 64
    assert digest_of(one) != digest_of(other)
    assert fresh_secret(ids, "odori_at_").startswith("odori_at_")
