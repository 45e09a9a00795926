"""`${…}` in custom notifications (NGSI-v2 "Custom Notifications")."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson

NULL: Final = "null"
_MACRO: Final = re.compile(r"\$\{([^}]*)\}")  # noqa: TID251 — ours, linear
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")  # noqa: TID251 — ours, linear


class Macros:
    """The values that a template may name.

    Args:
        values: by macro name. What is missing, or null, is empty in addresses and headers, and
            `null` in bodies.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def fill(self, template: str, missing: str = "") -> str:
        """The template with every macro replaced by the text of its value."""
        if "${" not in template:
            return template
        return _MACRO.sub(lambda found: self._text(found[1], missing), template)

    def fill_decoded(self, template: str, missing: str = "") -> str:
        """The same, for payloads and headers: `%xx` stands for characters that Orion forbids.

        Orion decodes what was filled in, too.
        """
        return unquote(self.fill(template, missing))

    def fill_json(self, template: Any) -> Any:
        """A JSON value whose texts are templates; a text that is one macro becomes its value."""
        match template:
            case str():
                alone = _MACRO.fullmatch(template)
                if alone is not None:
                    return self._values.get(alone[1])
                return self.fill(template, NULL)
            case Mapping():
                return {key: self.fill_json(part) for key, part in template.items()}
            case list() | tuple():
                return [self.fill_json(part) for part in template]
            case _:
                return template

    def fill_name(self, template: str, otherwise: str) -> str:
        """An entity's id or type; a text that is one macro without a value keeps the entity's."""
        alone = _MACRO.fullmatch(template)
        return self.fill(template, NULL) if alone is None else self._text(alone[1], otherwise)

    def _text(self, name: str, missing: str) -> str:
        value = self._values.get(name)
        if value is None:
            return missing
        return value if isinstance(value, str) else orjson.dumps(value).decode()


def header_safe(text: str) -> str:
    """A text that can stand in a header: an attribute's value must not add lines to it."""
    return _CONTROL.sub(" ", text).strip()
