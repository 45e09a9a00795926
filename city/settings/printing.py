"""`--print-config`: each value with its origin, secrets masked."""

import click

from city.settings.load import Loaded
from city.settings.table import TABLE


def print_settings(loaded: Loaded) -> None:
    """One line per setting: name, value, where it came from."""
    width = max(len(row.name) for row in TABLE)
    for row in TABLE:
        value = getattr(loaded.settings, row.field)
        shown = "*****" if row.about.secret and value else value
        click.echo(f"{row.name:<{width}}  {shown!s:<24}  {loaded.origins[row.field]}")
