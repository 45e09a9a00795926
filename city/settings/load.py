"""Settings from the command line, the environment and `odori.toml`, in this order of precedence."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from city.settings.orion_mongodb import parts_of, url_of
from city.settings.table import TABLE, Settings
from kernel.errors import OdoriError

CONFIG_FILE = "odori.toml"
_PREFIX = "ODORI_"
_NOT_OURS = ("ODORI_TEST_",)
_SWITCHES = {"true": True, "TRUE": True, "false": False, "FALSE": False}


class ConfigurationError(OdoriError):
    """A setting is unknown or impossible. One sentence; the process ends with exit code 3."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and for each field where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    options: Mapping[str, Any], environment: Mapping[str, str], folder: Path | None = None
) -> Loaded:
    """Merge all sources.

    Args:
        options: of the command line, by field; absent ones are not in it.
        environment: variables; `ODORI_…` and Orion's `ORION_…`.
        folder: where `odori.toml` is looked for; None: nowhere.

    Raises:
        ConfigurationError: an unknown name, or a value that does not fit.
    """
    values: dict[str, Any] = {}
    origins = {row.field: "default" for row in TABLE}
    sources = (
        ("odori.toml", _from_file(folder)),
        ("environment", _from_orion(environment)),
        ("environment", _from_environment(environment)),
        ("command line", dict(options)),
    )
    for origin, found in sources:
        values.update(found)
        origins.update(dict.fromkeys(found, origin))
    try:
        return Loaded(Settings(**values), origins)
    except ValidationError as error:
        raise ConfigurationError(_sentence(error, origins)) from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {row.variable: row for row in TABLE}
    found = {}
    for name, text in environment.items():
        if not name.startswith(_PREFIX) or name.startswith(_NOT_OURS):
            continue
        if name not in known:
            raise ConfigurationError(f"{name} is not a setting{_did_you_mean(name, known)}")
        found[known[name].field] = text
    return found


def _from_orion(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in TABLE:
        name = row.about.orion_env
        if name in environment:
            text = environment[name]
            try:
                found[row.field] = _SWITCHES.get(text, row.about.orion_value(text))
            except ValueError as error:
                raise ConfigurationError(f"{name} is {error}") from None
    if parts := parts_of(environment):
        found.setdefault("mongodb_url", url_of(parts))
    return found


def _from_file(folder: Path | None) -> dict[str, Any]:
    path = None if folder is None else folder / CONFIG_FILE
    if path is None or not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} is not TOML: {error}") from None
    known = {row.field for row in TABLE}
    found = {}
    for section, content in document.items():
        rows = content if isinstance(content, dict) else {"": content}
        for key, value in rows.items():
            field = f"{section}_{key}" if key else section
            if field not in known:
                name = field.replace("_", ".", 1)
                hint = _did_you_mean(field, known)
                raise ConfigurationError(f"{name} in {path.name} is not a setting{hint}")
            found[field] = value
    return found


def _did_you_mean(name: str, known: Mapping[str, Any] | set[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _sentence(error: ValidationError, origins: Mapping[str, str]) -> str:
    """The first complaint, with where the value came from; the value itself is not repeated."""
    first = error.errors(include_input=False, include_url=False)[0]
    field = str(first["loc"][0])
    row = next((one for one in TABLE if one.field == field), None)
    name = row.name if row is not None else field
    return f"{name} ({origins.get(field, 'settings')}): {first['msg']}"
