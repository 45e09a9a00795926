"""Transformations of texts. Positions and lengths are in characters (code points)."""

from typing import Any

from broker.jexl.transforms.call import Call
from broker.jexl.values import is_number


def uppercase(call: Call) -> Any:
    """`'a'|uppercase`."""
    return _text(call).upper() if isinstance(call.subject, str) else None


def lowercase(call: Call) -> Any:
    """`'A'|lowercase`."""
    return _text(call).lower() if isinstance(call.subject, str) else None


def trim(call: Call) -> Any:
    """Without white space at both ends."""
    return _text(call).strip() if isinstance(call.subject, str) else None


def length(call: Call) -> Any:
    """Characters of a text, or elements of an array: Orion tests both, its manual knows one."""
    return len(call.subject) if isinstance(call.subject, str | list) else None


def split(call: Call) -> Any:
    """`'a,b'|split(',')`; an empty delimiter stands between all characters, and at both ends."""
    match call.values:
        case [str(text), str(delimiter), *_]:
            call.budget.spend_items(text.count(delimiter))
            call.budget.spend(len(text))
            return text.split(delimiter) if delimiter else ["", *text, ""]
        case _:
            return None


def index_of(call: Call) -> Any:
    """Where a text first stands in another; null if nowhere."""
    match call.values:
        case [str(text), str(sought), *_]:
            call.budget.spend(len(text))
            at = text.find(sought)
            return at if at >= 0 else None
        case _:
            return None


def includes(call: Call) -> Any:
    """Whether a text stands in another."""
    match call.values:
        case [str(text), str(sought), *_]:
            call.budget.spend(len(text))
            return sought in text
        case _:
            return None


def substring(call: Call) -> Any:
    """From one position to before another; null unless 0 ≤ first ≤ second ≤ length."""
    match call.values:
        case [str(text), first, second, *_] if is_number(first) and is_number(second):
            start, end = int(first), int(second)
            call.budget.spend(len(text))
            return text[start:end] if 0 <= start <= end <= len(text) else None
        case _:
            return None


def replace(call: Call) -> Any:
    """Every occurrence of one text by another."""
    match call.values:
        case [str(text), str(old), str(new), *_]:
            occurrences = text.count(old)
            call.budget.spend(len(text) + occurrences * len(new))
            return text.replace(old, new)
        case _:
            return None


def _text(call: Call) -> str:
    text: str = call.subject
    call.budget.spend(len(text))
    return text
