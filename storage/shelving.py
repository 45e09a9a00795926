"""Documents of the vault as every engine stores them: JSON, with a key, marks and an expiry."""

from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from kernel.times import Instant
from oauth.model.kinds import Kind
from oauth.ports import Kept
from storage.documents import to_json

ValueT = TypeVar("ValueT", bound=msgspec.Struct)


class Entry(NamedTuple):
    """A value, ready to be stored. `marks` are pairs of name and text, each once."""

    key: str
    body: str
    marks: frozenset[tuple[str, str]]
    expires: Instant | None


class Form(Generic[ValueT]):
    """How values of one kind are stored."""

    def __init__(self, kind: Kind[ValueT]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind.type)

    @property
    def name(self) -> str:
        """The kind's."""
        return self._kind.name

    def entry(self, value: ValueT) -> Entry:
        """What is stored of a value."""
        kind = self._kind
        return Entry(
            kind.key(value),
            to_json(value),
            frozenset((mark, text) for mark, texts in kind.marks.items() for text in texts(value)),
            None if kind.expires is None else kind.expires(value),
        )

    def successor(self, kept: Kept[ValueT], value: ValueT) -> Entry:
        """What is stored of a value that takes another's place.

        Raises:
            ValueError: they have different keys.
        """
        entry = self.entry(value)
        if entry.key != self._kind.key(kept.value):
            raise ValueError(f"A swap does not change the key of {self.name}")
        return entry

    def kept(self, body: str, revision: int) -> Kept[ValueT]:
        """What was stored."""
        return Kept(self._decoder.decode(body), revision)

    def check_mark(self, mark: str) -> None:
        """Raises: ValueError: values of this kind are not found by that."""
        if mark not in self._kind.marks:
            raise ValueError(f"{self.name} have no mark {mark}")


class Forms:
    """The forms of all kinds that one database holds."""

    def __init__(self, kinds: Iterable[Kind[Any]]) -> None:
        self._forms: dict[str, Form[Any]] = {kind.name: Form(kind) for kind in kinds}

    def of(self, kind: Kind[ValueT]) -> Form[ValueT]:
        """The form of a kind.

        Raises:
            ValueError: this database does not hold it: keys and what they open stay apart.
        """
        try:
            return self._forms[kind.name]
        except KeyError:
            raise ValueError(f"This database holds no {kind.name}") from None


def is_storable(*texts: str) -> bool:
    """Whether documents can have these texts: lone surrogates, which URLs can carry, cannot."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True
