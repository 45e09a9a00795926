"""Reads policy files: structure first, then every rule; whatever fails does not load."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import yaml

from ingest.codes.book import CodeBook, read_codes
from ingest.observation import PolicyRef
from ingest.policy.checks import problems
from ingest.policy.errors import PolicyError
from ingest.policy.model import CodeField, Limits, PolicyFile

PACKAGED: Final = Path(__file__).resolve().parent.parent / "policies"


class Policy(msgspec.Struct, frozen=True):
    """A policy that kept every rule: the file, its reference, and the code lists that it names."""

    file: PolicyFile
    ref: PolicyRef
    codes: CodeBook


def read_policy(text: bytes, bounds: Limits, *, expected: str = "") -> Policy:
    """Read one policy file.

    Args:
        text: the YAML text.
        bounds: limits of the settings, which no policy loosens.
        expected: `name/version` as the path says it; empty if there is no path.

    Raises:
        PolicyError: the file breaks a rule; the message names it.
    """
    name = expected or "policy"
    try:
        file = msgspec.convert(yaml.safe_load(text), PolicyFile, strict=True)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise PolicyError(f"{name}: {error}") from None
    if expected and file.policy != expected:
        raise PolicyError(f"{name}: the file says that it is {file.policy}")
    found = next(_problems(file, bounds), None)
    if found is not None:
        raise PolicyError(f"{file.policy}: {found}")
    ref = PolicyRef(file.name, file.version, sha256(text).hexdigest())
    return Policy(file, ref, _codes(file))


def _problems(file: PolicyFile, bounds: Limits) -> Iterator[str]:
    try:
        yield from problems(file, bounds)
    except ValueError as error:  # a duration or a template
        yield str(error)


def _codes(file: PolicyFile) -> CodeBook:
    wanted = {
        (field.code_list, field.version)
        for field in file.fields.values()
        if isinstance(field, CodeField)
    }
    return {key: read_codes(*key) for key in wanted}


def read_directory(root: Path, bounds: Limits) -> list[Policy]:
    """Every policy below `root`: `<name>/<version>.yaml`, in order of name and version.

    Raises:
        PolicyError: a file breaks a rule.
    """
    policies = [
        read_policy(path.read_bytes(), bounds, expected=f"{path.parent.name}/{path.stem}")
        for path in root.glob("*/*.yaml")
    ]
    return sorted(policies, key=lambda policy: (policy.ref.id, policy.ref.version))
