"""`${…}` in custom notifications (Orion's manual, "Macro substitution"): JEXL, filled in."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson

from broker.jexl.budget import Budget
from broker.jexl.evaluate import result
from broker.v2.notification.context import NoticeContext
from kernel.times import Instant

NULL: Final = "null"
_BEGIN, _END = "${", "}"
_MACRO: Final = re.compile(r"\$\{([^}]*+)\}")  # noqa: TID251 — ours, linear
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")  # noqa: TID251 — ours, linear


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

        A macro ends at the next `}`. A template with one that does not end is left as it is.
        """
        begin = template.rfind(_BEGIN)
        if begin < 0 or template.find(_END, begin) < 0:
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
            case str() if (alone := _alone(template)) is not None:
                return self._value(alone)
            case str():
                return self.fill(template, NULL)
            case Mapping():
                return {key: self.fill_json(part) for key, part in template.items()}
            case list() | tuple():
                return [self.fill_json(part) for part in template]
            case _:
                return template

    def fill_name(self, template: str, otherwise: str) -> str:
        """An entity's id or type; a text that is one macro without a value keeps the entity's."""
        alone = _alone(template)
        return self.fill(template, NULL) if alone is None else self._text(alone, otherwise)

    def define(self, name: str, template: Any, value: Any) -> None:
        """Let the following expressions name what came out of a template, if one stood in it."""
        if value is not template and value != template:
            self._context.define(name, value)

    def _value(self, expression: str) -> Any:
        return result(expression, self._context, self._budget, self._now)

    def _text(self, expression: str, missing: str) -> str:
        value = self._value(expression)
        if value is None:
            return missing
        return value if isinstance(value, str) else orjson.dumps(value).decode()


def _alone(template: str) -> str | None:
    """The expression of a text that is one macro and nothing else; it may hold `}` then."""
    is_one = template.startswith(_BEGIN) and template.endswith(_END)
    return template[2:-1] if is_one and _BEGIN not in template[2:] else None


def header_safe(text: str) -> str:
    """A text that can stand in a header: an attribute's value must not add lines to it."""
    return _CONTROL.sub(" ", text).strip()
