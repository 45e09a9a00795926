"""Commands that are imported when they are called for: nobody waits for what he does not use."""

import difflib
import importlib

import click

_COMMANDS = ("demo", "serve", "status", "simulate", "device", "company", "token", "doctor")


class Commands(click.Group):
    """A group whose command `x` is the function `x` of the module `city.cli.x`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """Every name, in the order of a newcomer's interest."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None if there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"city.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 — the modules are ours
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Click would look for what was meant among commands that are imported already."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            close = difflib.get_close_matches(name, _COMMANDS, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no command {name}{hint}", ctx)
        return super().resolve_command(ctx, args)
