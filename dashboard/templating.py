"""Jinja with autoescape; undefined names are errors."""

from typing import Any

import orjson
from markupsafe import Markup

from dashboard.charts.small import level_bar, share_bar
from dashboard.figures.trust import Figure, State, Trust
from dashboard.words import Words, iso, local
from serving.html.templating import environment

_environment = environment("dashboard")


def render(template: str, **values: object) -> Markup:
    """The template with these values, ready to stand in another one."""
    return Markup(_environment.get_template(template).render(values))  # noqa: S704 — autoescaped


def _trust_json(figure: Figure | Trust) -> str:
    """The trust object of §2.1.1 as the page carries it."""
    trust = figure.trust if isinstance(figure, Figure) else figure
    value = {"value": figure.value, "unit": figure.unit} if isinstance(figure, Figure) else {}
    received = trust.received_at
    written: dict[str, Any] = value | {
        "from": iso(trust.since),
        "to": iso(trust.until),
        "complete": trust.complete,
        "receivedAt": None if received is None else iso(received),
        "profile": trust.profile,
        "reporting": trust.reporting,
        "expected": trust.expected,
        "coverage": round(trust.coverage, 2),
        "estimatedShare": round(trust.estimated_share, 2),
        "accuracyClass": trust.accuracy_class,
        "state": trust.state,
        "simulated": trust.simulated,
        "dataset": trust.dataset,
    }
    return orjson.dumps(written).decode()


def _shown(figure: Figure, words: Words, digits: int = 0) -> str:
    """The number, or its kind of nothing in words."""
    if figure.value is None:
        state = State.UNRECORDED if figure.trust.state is State.OPEN else figure.trust.state
        return words(f"state.{state}")
    return words.decimal(figure.value, digits) if digits else words.count(figure.value)


_environment.globals.update(
    trust_json=_trust_json,
    shown=_shown,
    level_bar=level_bar,
    share_bar=share_bar,
    iso=iso,
    local=local,
)
