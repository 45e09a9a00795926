"""All policies of a process, found by name and version."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from ingest.policy.errors import PolicyDowngradeError, PolicyError
from ingest.policy.load import PACKAGED, Policy, read_directory
from ingest.policy.model import Limits


class PolicyShelf:
    """Policies by name and version. Immutable: a new policy is a new version and a restart."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._policies: dict[tuple[str, int], Policy] = {}
        for policy in policies:
            key = (policy.ref.id, policy.ref.version)
            if key in self._policies:
                raise PolicyError(f"{policy.ref} exists twice")
            self._policies[key] = policy

    @classmethod
    def packaged(cls, bounds: Limits | None = None, *more: Path) -> Self:
        """The policies that come with Odori, and those of further directories."""
        limits = bounds if bounds is not None else Limits()
        return cls(one for root in (PACKAGED, *more) for one in read_directory(root, limits))

    def find(self, name: str, version: int) -> Policy | None:
        """The policy, or None."""
        return self._policies.get((name, version))

    def all(self) -> list[Policy]:
        """Every policy, in order of name and version."""
        return [self._policies[key] for key in sorted(self._policies)]


def emitted_types(policies: Iterable[Policy]) -> frozenset[str]:
    """The entity types that become guarded: only intake creates or changes them."""
    return frozenset(policy.file.emit.type for policy in policies)


def check_rebind(policy: str, present: int, proposed: int) -> None:
    """Whether a sensor may go from version `present` of a policy to `proposed`.

    Raises:
        PolicyDowngradeError: the proposed version is lower.
    """
    if proposed < present:
        raise PolicyDowngradeError(f"{policy}: version {proposed} is below {present}")
