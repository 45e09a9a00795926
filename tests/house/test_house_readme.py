"""The two README files say the same, and what they say works as it stands."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from support.demo_process import Demo, demo, shell

from city.cli.main import odori

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.ja.md")
_FENCE = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)  # noqa: TID251 — ours
_CODE = re.compile(r"`([^`\n]+)`")  # noqa: TID251 — ours
_LINK = re.compile(r"\]\(([^)\s]+)\)")  # noqa: TID251 — ours
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)  # noqa: TID251 — ours
_DEFAULT_ADDRESS = "http://127.0.0.1:1026"


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[str]:
    return _FENCE.findall(text_of(page))


def command_lines(page: str, program: str) -> list[list[str]]:
    """Command lines of the fenced blocks that call the program, in words, without comments."""
    lines = (line for block in blocks(page) for line in block.splitlines())
    words = (shlex.split(line, comments=True) for line in lines)
    return [one for one in words if one and one[0] == program]


def links(page: str) -> list[str]:
    return _LINK.findall(text_of(page))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.mark.parametrize("page", PAGES)
def test_a_page_begins_with_the_two_commands_and_they_exist(page: str) -> None:
    commands = [words[1] for words in command_lines(page, "make")]
    assert commands == ["demo", "test"]
    assert set(commands) <= set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))


def test_both_languages_show_the_same_commands() -> None:
    english, japanese = (
        [
            [shlex.split(line, comments=True) for line in block.splitlines()]
            for block in blocks(page)
        ]
        for page in PAGES
    )
    assert english == japanese
    assert len(english) >= 3


def test_both_languages_link_to_the_same_pages() -> None:
    english, japanese = ([one for one in links(page) if one not in PAGES] for page in PAGES)
    assert english == japanese
    assert "README.ja.md" in links("README.md")
    assert "README.md" in links("README.ja.md")


def test_both_languages_have_the_same_headings() -> None:
    english, japanese = (
        [line.split()[0] for line in text_of(page).splitlines() if line.startswith("#")]
        for page in PAGES
    )
    assert english == japanese


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    local = [one for one in links(page) if not urlsplit(one).scheme]
    assert [one for one in local if not (ROOT / one.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_curl_works_against_a_demo(page: str, city: Demo) -> None:
    lines = command_lines(page, "curl")
    assert len(lines) >= 3
    for words in lines:
        assert any(word.startswith(_DEFAULT_ADDRESS) for word in words)
        line = shlex.join(words).replace(_DEFAULT_ADDRESS, city.url)
        body, _, status = shell(f"{line} -s -w '\\n%{{http_code}}'").rpartition("\n")
        assert status == "200", line
        assert json.loads(body), line


@pytest.mark.parametrize("page", PAGES)
def test_every_odori_command_line_is_understood(page: str) -> None:
    quoted = [shlex.split(code) for code in _CODE.findall(text_of(page))]
    lines = [*command_lines(page, "odori"), *(one for one in quoted if one[0] == "odori")]
    assert len(lines) >= 4
    for words in lines:
        _understand([word for word in words[1:] if word != "…"], is_whole="…" not in words)


def _understand(words: list[str], *, is_whole: bool) -> None:
    """Parse as the program would; what is cut short by `…` has to name a command at least.

    Raises:
        click.UsageError: there is no such command or option.
    """
    command: click.Command = odori
    context = click.Context(odori, info_name="odori")
    while isinstance(command, click.Group) and words:
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    assert command is not odori
    if is_whole and not isinstance(command, click.Group):
        command.parse_args(context, words)
