"""`${…}` in custom notifications (Orion's manual, "Macro substitution"): JEXL, filled in."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson

from broker.jexl.budget import Budget
from broker.jexl.evaluate import result
from broker.v2.notification.context import NoticeContext
from kernel.times import Instant

NULL: Final = "null"
_BEGIN, _END = "${", "}"
_MACRO: Final = re.compile(r"\$\{([^}]*+)\}")  # noqa: TID251 — ours, linear
_OF_VALUES: Final = "/:,@!$*?"
"""What need not be escaped in a value of a query string, and Orion does not."""
_OF_QUERIES: Final = _OF_VALUES + "%&+=;'()"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")  # noqa: TID251 — ours, linear


class EndlessMacroError(Exception):
    """A template holds a macro that does not end: in Orion, nothing is sent then."""


class Macros:
    """Fills the templates of one notification.

    What an expression has no value for, or null, is empty in addresses and headers, and `null` in
    bodies. The expressions of a notification share one budget: when it is spent, the rest is null.

    Args:
        context: what expressions may name.
        now: what the transformation `now` tells.
    """

    def __init__(self, context: NoticeContext, now: Instant) -> None:
        self._context = context
        self._now = now
        self._budget = Budget()

    def fill(self, template: str, missing: str = "") -> str:
        """The template with every macro replaced by the text of its value.

        Raises:
            EndlessMacroError: a macro, which ends at the next `}`, does not end.
        """
        if _is_endless(template):
            raise EndlessMacroError
        return _MACRO.sub(lambda found: self._text(found[1], missing), template)

    def fill_decoded(self, template: str, missing: str = "") -> str:
        """The same, for payloads and headers: `%xx` stands for characters that Orion forbids.

        Orion decodes what was filled in, too.
        """
        return unquote(self.fill(template, missing))

    def fill_query(self, template: str) -> str:
        """The same, for a part of a query string: what the template escapes is escaped already.

        Only what may not stand there is escaped in it; a value stays a value, whatever it holds.
        """
        if _is_endless(template):
            raise EndlessMacroError
        return "".join(
            quote(self._text(part, ""), safe=_OF_VALUES)
            if place % 2
            else quote(part, safe=_OF_QUERIES)
            for place, part in enumerate(_MACRO.split(template))
        )

    def fill_json(self, template: Any) -> Any:
        """A JSON value whose texts are templates; a text that is one macro becomes its value.

        A text with a macro that does not end stays as it is.
        """
        match template:
            case str() if (alone := _alone(template)) is not None:
                return self._value(alone)
            case str():
                return template if _is_endless(template) else self.fill(template, NULL)
            case Mapping():
                return {key: self.fill_json(part) for key, part in template.items()}
            case list() | tuple():
                return [self.fill_json(part) for part in template]
            case _:
                return template

    def fill_name(self, template: str, otherwise: str) -> str:
        """An entity's id or type; a text that is one macro without a value keeps the entity's."""
        alone = _alone(template)
        if alone is not None:
            return self._text(alone, otherwise)
        return template if _is_endless(template) else self.fill(template, NULL)

    def fill_level(self, templates: Mapping[str, Any]) -> dict[str, Any]:
        """Templates of one priority, filled in; those of the next can name all of their values.

        Among themselves they see the attributes that the entity has, not what takes their places.
        """
        values: dict[str, Any] = {}
        for name, template in templates.items():
            values[name] = self.fill_json(template)
            if not self._context.tells(name):
                self._context.define(name, values[name])
        for name, value in values.items():
            self._context.define(name, value)
        return values

    def _value(self, expression: str) -> Any:
        return result(expression, self._context, self._budget, self._now)

    def _text(self, expression: str, missing: str) -> str:
        value = self._value(expression)
        if value is None:
            return missing
        return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_endless(template: str) -> bool:
    """Whether a macro begins that does not end."""
    begin = template.rfind(_BEGIN)
    return begin >= 0 and template.find(_END, begin) < 0


def _alone(template: str) -> str | None:
    """The expression of a text that is one macro and nothing else; it may hold `}` then."""
    is_one = template.startswith(_BEGIN) and template.endswith(_END)
    return template[2:-1] if is_one and _BEGIN not in template[2:] else None


def header_safe(text: str) -> str:
    """A text that can stand in a header: an attribute's value must not add lines to it."""
    return _CONTROL.sub(" ", text).strip()
