"""`docs/conformance.md`: `python -m tools.conformance > docs/conformance.md` writes it anew.

The sections of the normative text stand in `docs/conformance/sections.yaml`, what of them is not
done in `docs/conformance/not-done.yaml`. Which conversation holds which section is read from the
conversations themselves: under its title each says `NGSI-v2 "Create Entity", "Pagination"`.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
TRANSCRIPTS: Final = ROOT / "tests" / "golden" / "v2"
DATA: Final = ROOT / "docs" / "conformance"

_STEP: Final = re.compile(r"^\d\d\. ", re.MULTILINE)  # noqa: TID251 — ours
_CITED: Final = re.compile(r'"([^"]+)"')  # noqa: TID251 — ours
_ROUTE: Final = re.compile(r" `[A-Z]+ /[^`]*`$")  # noqa: TID251 — ours
_OPERATION: Final = "####"
"""Of operations only: other headings are sentences about routes."""
_SOURCES: Final = ("NGSI-v2 ", "Orion manual ", "Orion ", "QuantumLeap ", "Odori ")
_NORMATIVE: Final = _SOURCES[0]

_HEAD: Final = """# Conformance with NGSI-v2

Written by `python -m tools.conformance` from the conversations in `tests/golden/v2`, which every
engine has to hold to the letter; a test compares. The sections are those of Orion's specification
(`doc/manuals/orion-api.md` of telefonicaid/fiware-orion). **held**: what the section asks is held
by the conversations or tests beside it. **partly**: so is the rest, but not what is named. **not
here**: why not is said. A section of plain prose asks nothing.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the normative text."""

    heading: str
    """To the letter, without its number signs."""
    level: int
    name: str
    """As conversations cite it."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A transcript, and what it says that it holds."""

    path: Path
    cited: tuple[tuple[str, str], ...]
    """Source and section, in the order of the text."""

    def sections(self) -> list[str]:
        """The sections of the normative text."""
        return [name for source, name in self.cited if source == _NORMATIVE]


@dataclass(frozen=True, slots=True)
class NotDone:
    """A rule of a section that does not hold here."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said by hand about sections: prose, tests elsewhere, rules that are not done."""

    prose: frozenset[str]
    elsewhere: dict[str, list[str]]
    not_done: dict[str, list[NotDone]]


def sections() -> list[Section]:
    """The headings, in the order of the text."""
    return [_section(line) for line in _read("sections.yaml")]


def _section(line: str) -> Section:
    signs, _, heading = line.partition(" ")
    name = _ROUTE.sub("", heading) if signs == _OPERATION else heading
    return Section(heading, len(signs), name.replace("`", ""))


def judgement() -> Judgement:
    """What `not-done.yaml` says."""
    data = _read("not-done.yaml")
    not_done: dict[str, list[NotDone]] = {}
    for one in data["not_done"]:
        not_done.setdefault(one["section"], []).append(NotDone(one["rule"], one["why"]))
    elsewhere: dict[str, list[str]] = {}
    for one in data["elsewhere"]:
        for name in one["sections"]:
            elsewhere.setdefault(name, []).append(one["test"])
    return Judgement(frozenset(data["prose"]), elsewhere, not_done)


def conversations() -> list[Conversation]:
    """All of them, by folder and name."""
    return [_conversation(path) for path in sorted(TRANSCRIPTS.glob("*/*.txt"))]


def _conversation(path: Path) -> Conversation:
    head = _STEP.split(path.read_text(encoding="utf-8"), maxsplit=1)[0]
    return Conversation(path, tuple(_citations(head.splitlines()[1:])))


def _citations(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        for source in _SOURCES:
            if line.startswith(source):
                yield from ((source, name) for name in _CITED.findall(line))
                break


def page() -> str:
    """The whole page."""
    told, held = judgement(), conversations()
    rows = [_row(section, held, told) for section in sections()]
    return "\n".join([_HEAD, *_table(rows), "", *_beyond(held), ""])


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    head = ["| section | held by | status |", "| --- | --- | --- |"]
    return head + [f"| {' | '.join(row)} |" for row in rows]


def _row(section: Section, held: list[Conversation], told: Judgement) -> tuple[str, ...]:
    links = [_link(one.path) for one in held if section.name in one.sections()]
    links += [_link(ROOT / path) for path in told.elsewhere.get(section.name, [])]
    indent = "&emsp;" * (section.level - 1)
    return indent + section.heading, ", ".join(links), status(section.name, bool(links), told)


def status(name: str, held: bool, told: Judgement) -> str:
    """The last column: empty where nobody has judged the section yet."""
    missing = "; ".join(f"{one.rule}: {one.why}" for one in told.not_done.get(name, []))
    match held, bool(missing):
        case True, False:
            return "held"
        case True, True:
            return f"partly; not: {missing}"
        case _, True:
            return f"not here: {missing}"
        case _:
            return "prose" if name in told.prose else ""


def _link(path: Path) -> str:
    name = path.relative_to(TRANSCRIPTS) if path.is_relative_to(TRANSCRIPTS) else Path(path.name)
    return f"[{name.with_suffix('')}](../{path.relative_to(ROOT)})"


def _beyond(held: list[Conversation]) -> list[str]:
    """What is held beyond the normative text."""
    rows = sorted(
        {
            (f"{source.strip()}, {name}", one.path)
            for one in held
            for source, name in one.cited
            if source != _NORMATIVE
        }
    )
    by_section: dict[str, list[str]] = {}
    for name, path in rows:
        by_section.setdefault(name, []).append(_link(path))
    lines = [f"| {name} | {', '.join(links)} |" for name, links in by_section.items()]
    return ["## Beyond that text", "", "| source | held by |", "| --- | --- |", *lines]


def _read(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.write(page())
