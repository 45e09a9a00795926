"""`${…}` in custom notifications (NGSI-v2 "Custom Notifications")."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson

_MACRO: Final = re.compile(r"\$\{([^}]*)\}")  # noqa: TID251 — ours, linear
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")  # noqa: TID251 — ours, linear


class Macros:
    """The values that a template may name.

    Args:
        values: by macro name; what is missing is empty, or null for a `covered` subscription.
        covered: whether missing attributes are null.
    """

    def __init__(self, values: Mapping[str, Any], *, covered: bool) -> None:
        self._values = values
        self._missing = "null" if covered else ""

    def fill(self, template: str, escape: Callable[[str], str] = str) -> str:
        """The template with every macro replaced by the text of its value."""
        if "${" not in template:
            return template
        return _MACRO.sub(lambda found: escape(self._text(found[1])), template)

    def fill_payload(self, template: str) -> str:
        """The same, for a payload: `%xx` in it stands for characters that Orion forbids."""
        return self.fill(unquote(template))

    def fill_json(self, template: Any) -> Any:
        """A JSON value whose texts are templates; a text that is one macro becomes its value."""
        match template:
            case str():
                alone = _MACRO.fullmatch(template)
                if alone is not None:
                    return self._values.get(alone[1])
                return self.fill(template)
            case Mapping():
                return {self.fill(key): self.fill_json(part) for key, part in template.items()}
            case list() | tuple():
                return [self.fill_json(part) for part in template]
            case _:
                return template

    def _text(self, name: str) -> str:
        if name not in self._values:
            return self._missing
        value = self._values[name]
        return value if isinstance(value, str) else orjson.dumps(value).decode()


def header_safe(text: str) -> str:
    """A text that can stand in a header: an attribute's value must not add lines to it."""
    return _CONTROL.sub(" ", text).strip()
