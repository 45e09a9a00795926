"""`docs/settings.md`: `python -m city.settings.manual > docs/settings.md` writes it anew."""

import sys

from city.settings.table import TABLE, Setting

_HEAD = """# Settings

Written from `city/settings/table.py`; a test compares. The command line wins over the environment,
the environment over `odori.toml` in the working folder, and that over the default.
`odori serve --print-config` shows each value and where it came from. Orion's option and
variable are understood where one is named.
"""


def manual() -> str:
    """The page, one table per heading."""
    parts = [_HEAD]
    groups = dict.fromkeys(row.about.group for row in TABLE)
    for group in groups:
        parts += [f"## {group}\n", "| option | variable | default | what it does | 説明 | Orion |"]
        parts.append("| --- | --- | --- | --- | --- | --- |")
        parts += [_line(row) for row in TABLE if row.about.group == group]
        parts.append("")
    return "\n".join(parts)


def _line(row: Setting) -> str:
    flags = ", ".join(f"`{flag}`" for flag in row.flags)
    default = "" if row.default in ("", False) else f"`{row.default}`"
    orion = ", ".join(f"`{name}`" for name in (row.about.orion, row.about.orion_env) if name)
    secret = " (secret)" if row.about.secret else ""
    cells = (flags, f"`{row.variable}`", default, row.about.en + secret, row.about.ja, orion)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(manual())
