"""The settings table as options of a command, grouped in the help."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import click

from city.cli.language import say
from city.settings.table import TABLE, Setting

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def setting_options(*groups: str) -> Callable[[CommandT], CommandT]:
    """Add the options of these groups of settings, or of all; absent ones are not passed on."""
    rows = [row for row in TABLE if not groups or row.about.group in groups]

    def decorate(command: CommandT) -> CommandT:
        for row in reversed(rows):
            command = _option(row)(command)
        return command

    return decorate


print_config_option = click.option(
    "--print-config",
    is_flag=True,
    help=say("Show each setting and where it comes from, secrets masked", "設定の一覧(値の由来)"),
)


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Only what the command line really said."""
    return {name: value for name, value in options.items() if value is not None}


def _option(row: Setting) -> Callable[[CommandT], CommandT]:
    shown = row.default if row.default not in ("", False) else None
    text = say(row.about.en, row.about.ja)
    if shown is not None:
        text += f"  [{shown}]"
    if row.type is bool:
        return click.option(*row.flags, row.field, flag_value=True, default=None, help=text)
    return click.option(
        *row.flags, row.field, type=_type(row), default=None, help=text, metavar=_metavar(row)
    )


def _type(row: Setting) -> Any:
    if get_args(row.type) and get_origin(row.type) is not None:
        return click.Choice(list(get_args(row.type)))
    return {int: int, float: float, Path: click.Path(path_type=Path)}.get(row.type, str)


def _metavar(row: Setting) -> str | None:
    return {int: "N", float: "X", Path: "FOLDER"}.get(row.type)


class GroupedCommand(click.Command):
    """A command whose help lists its options under the headings of the settings table."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section per heading, ours last."""
        heading = {row.field: row.about.group for row in TABLE}
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                group = heading.get(parameter.name or "", say("Options", "オプション"))
                sections.setdefault(group, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(_shortened(records))


def _shortened(records: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(names, text.replace("\n", " ")) for names, text in records]
