"""The group of commands."""

import os
import sys
from collections.abc import Sequence

import click

from city.cli.endings import WRONG_USE, one_sentence
from city.cli.language import help_text
from city.cli.lazily import Commands
from city.settings.load import ConfigurationError
from city.settings.orion import is_orions, translate
from city.version import odori_version

_ABOUT = help_text(
    "Odori runs a city centre's data: sensors push, identifiers are stripped, the context broker"
    " serves what remains, boards show it live.",
    "都心のデータ基盤。センサーのデータから個人識別情報を取り除き、NGSI で提供し、"
    "画面に表示します。",
    "odori demo",
    "odori serve",
    "odori serve broker --port 1026 --data-dir ./data --open",
)


@click.group(cls=Commands, help=_ABOUT, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(odori_version(), prog_name="odori")
def odori() -> None:
    """Hold the commands together."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; Orion's single-dash options are understood after `serve`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with one_sentence():
        code = odori.main(_from_orion(words), prog_name="odori", standalone_mode=False)
        if code:
            sys.exit(code)
    if arguments is None:
        _leave()


def _leave() -> None:
    """End at once: everything is closed, and taking a large heap apart takes seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def context_broker() -> None:
    """`contextBroker -port 1026 -dbURI …`: `odori serve broker` with Orion's options."""
    sys.argv[1:1] = ["serve", "broker"]
    main()


def _from_orion(words: list[str]) -> list[str]:
    if words[:1] != ["serve"] and not (words and is_orions(words[0])):
        return words
    rest = words[1:] if words[0] == "serve" else words
    try:
        ours, ignored = translate(rest)
    except ConfigurationError as error:
        click.echo(f"odori: {error.message}", err=True)
        sys.exit(WRONG_USE)
    if ignored:
        names = " ".join(ignored)
        click.echo(f"odori: without effect here: {names}", err=True)
    return ["serve", *ours]
