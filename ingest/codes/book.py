"""Code lists as data: what a sensor may send → the code at each level."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import yaml

from ingest.policy.errors import PolicyError

_ROOT: Final = Path(__file__).resolve().parent


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code list.

    Attributes:
        name, version: as policies name it.
        codes: small letters of what may come → codes from level 1 (coarsest) on.
        other: what everything that is not listed becomes; empty if it is a violation.
    """

    name: str = msgspec.field(name="list")
    version: str
    codes: Mapping[str, tuple[str, ...]]
    other: str = ""

    def at(self, sent: str, level: int) -> str | None:
        """The code at `level`, or the finest above it; None if the list has no answer."""
        levels = self.codes.get(sent.lower())
        if levels is None:
            return self.other or None
        return levels[min(level, len(levels)) - 1]


CodeBook: TypeAlias = Mapping[tuple[str, str], CodeList]


def read_codes(name: str, version: str) -> CodeList:
    """Read a packaged list.

    Raises:
        PolicyError: there is no such list, or its file is broken.
    """
    path = _ROOT / name / f"{version}.yaml"
    if not path.is_file() or path.parent.parent != _ROOT:
        raise PolicyError(f"There is no code list {name}, version {version}")
    try:
        codes = msgspec.convert(yaml.safe_load(path.read_bytes()), CodeList, strict=True)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise PolicyError(f"Code list {name}, version {version}: {error}") from None
    if (codes.name, codes.version) != (name, version) or not all(codes.codes.values()):
        raise PolicyError(f"Code list {name}, version {version}: misnamed, or a code is empty")
    return codes
