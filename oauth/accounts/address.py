"""An e-mail address: where mail is sent, and the name that a person signs in with."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from oauth.accounts.refusals import BadAddressError

_LONGEST: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LONGEST_LOCAL: Final = 64
_LONGEST_LABEL: Final = 63
_FEWEST_LABELS: Final = 2
_SHORTEST_TLD: Final = 2
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
_LOCAL: Final = frozenset(_LETTERS + _LETTERS.upper() + _DIGITS + ".!#$%&'*+-/=?^_`{|}~")
_LABEL: Final = frozenset(_LETTERS + _DIGITS + "-")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An address that was read.

    Attributes:
        text: as mail is sent: the local part as it was typed, the domain in ASCII.
    """

    text: str

    @property
    def name(self) -> str:
        """Under which the account is found: whoever types capitals means the same mailbox."""
        return self.text.casefold()

    @property
    def local(self) -> str:
        """What stands before the @."""
        return self.text.rpartition("@")[0]

    def __repr__(self) -> str:
        return "Address(…)"


def read_address(text: object) -> Address:
    """Read what a person typed; full-width letters are read as the plain ones.

    Dots may stand anywhere in the local part: Japanese carriers gave out such addresses.

    Raises:
        BadAddressError: anything that is not local@domain.tld; it is not quoted.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise _wrong()
    local, at, domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    if not at or not 0 < len(local) <= _LONGEST_LOCAL or not _LOCAL.issuperset(local):
        raise _wrong()
    address = f"{local}@{_ascii_domain(domain)}"
    if len(address) > _LONGEST:
        raise _wrong()
    return Address(address)


def _ascii_domain(domain: str) -> str:
    """The domain in small ASCII letters (RFC 3490), of two labels at least."""
    try:
        ascii_domain = domain.casefold().encode("idna").decode("ascii")
    except UnicodeError:
        raise _wrong() from None
    labels = ascii_domain.split(".")
    if len(labels) < _FEWEST_LABELS or not all(map(_is_label, labels)) or _is_no_tld(labels[-1]):
        raise _wrong()
    return ascii_domain


def _is_label(text: str) -> bool:
    whole = 0 < len(text) <= _LONGEST_LABEL and _LABEL.issuperset(text)
    return whole and not text.startswith("-") and not text.endswith("-")


def _is_no_tld(label: str) -> bool:
    return len(label) < _SHORTEST_TLD or not label[0].isalpha()


def _wrong() -> BadAddressError:
    return BadAddressError("The e-mail address is not of the form name@example.jp")
