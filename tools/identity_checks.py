"""`docs/identity-checks.md`: `python -m tools.identity_checks > docs/identity-checks.md` writes it.

What has to hold stands in `docs/conformance/identity.yaml`. Which tests hold it is read from their
names: `test_check_21_…`, `test_checks_12_and_13_…`, `test_cn4_mb3_…`, `TestCheck52`.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "docs" / "conformance" / "identity.yaml"

_TEST: Final = re.compile(  # noqa: TID251 — ours
    r"^(?:async )?def (test_\w+)|^(Test\w+) = \w+\.TestCase", re.MULTILINE
)
_NUMBERED: Final = re.compile(r"check_?(\d+)", re.IGNORECASE)  # noqa: TID251 — ours
_SEVERAL: Final = re.compile(r"checks_((?:\d+_(?:and_)?)+)")  # noqa: TID251 — ours
_LETTERED: Final = re.compile(r"(?<![a-z])((?:cn|mb)\d+)(?!\d)")  # noqa: TID251 — ours

_HEAD: Final = """# What the identity holds

Written by `python -m tools.identity_checks` from the names of tests; a test compares, and another
holds that no check of tier T1 lacks one. The checks are those of the specification of identity and
consent, by its numbers. **T1** is the whole first flow; of **T2** stands here what is built.
"""

_COLUMNS: Final = "| check | tier | what holds | tests |\n| --- | --- | --- | --- |\n"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to hold."""

    id: str
    tier: str
    says: str


@dataclass(frozen=True, slots=True)
class Test:
    """A test by the name that pytest knows it by."""

    path: Path
    name: str

    __test__ = False

    @property
    def checks(self) -> frozenset[str]:
        """Ids of what it holds, as its name says."""
        several = " ".join(_SEVERAL.findall(self.name))
        numbers = {*_NUMBERED.findall(self.name), *re.findall(r"\d+", several)}
        return frozenset(numbers | {one.upper() for one in _LETTERED.findall(self.name)})


def groups() -> Mapping[str, Sequence[Check]]:
    """Every check, by subject, in order."""
    told = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return {one["group"]: [Check(**each) for each in one["checks"]] for one in told}


def tests() -> Iterator[Test]:
    """Every test of the repository that names a check."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for plain, machine in _TEST.findall(path.read_text(encoding="utf-8")):
            test = Test(path.relative_to(ROOT), plain or machine)
            if test.checks:
                yield test


def held() -> Mapping[str, Sequence[Test]]:
    """Check → its tests."""
    found: dict[str, list[Test]] = defaultdict(list)
    for test in tests():
        for check in test.checks:
            found[check].append(test)
    return found


def page() -> str:
    """The whole page."""
    by = held()
    parts = [_HEAD]
    for group, checks in groups().items():
        parts.append(f"\n## {group}\n\n{_COLUMNS}")
        parts += [_row(one, by.get(one.id, ())) for one in checks]
    return "".join(parts)


def _row(check: Check, by: Sequence[Test]) -> str:
    says = check.says.replace("|", "\\|")
    told = "<br>".join(f"[{one.name}](../{one.path})" for one in by) or "not built"
    return f"| {check.id} | {check.tier} | {says} | {told} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
