"""Contrast of the two palettes: 4.5:1 for text, 3:1 for marks (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

SHEET = Path(__file__).resolve().parents[3] / "serving" / "html" / "static" / "tokens.css"
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")  # noqa: TID251 — a constant of ours
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")  # noqa: TID251 — a constant of ours
TEXTS = (
    *(("ink", on) for on in ("sheet", "ground")),
    *(("ink-2", on) for on in ("sheet", "ground", "due")),
    *(("ink-3", on) for on in ("sheet", "ground")),
    *((f"l{level}-ink", f"l{level}") for level in (0, 1)),
    *((word, "sheet") for word in ("above", "below", "good", "warn", "bad", "north", "south")),
    ("tape-ink", "tape"),
)
MARKS = (("north", "sheet"), ("south", "sheet"), ("inside", "sheet"), ("usual", "sheet"))


def palettes() -> dict[str, dict[str, str]]:
    rules = {
        selector.strip().rpartition("\n")[2].strip(): dict(COLOUR.findall(body))
        for selector, body in RULE.findall(SHEET.read_text("utf-8"))
    }
    light = rules[":root"]
    return {
        "light": light,
        "dark": light | rules['html[data-theme="dark"]'],
        "auto": light | rules['html[data-theme="auto"]'],
    }


def luminance(colour: str) -> float:
    parts = [int(colour[one : one + 2], 16) / 255 for one in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    palette = palettes()[theme]
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_can_be_seen(theme: str, mark: str, ground: str) -> None:
    palette = palettes()[theme]
    assert contrast(palette[mark], palette[ground]) >= 3


def test_a_dark_device_gets_the_dark_palette() -> None:
    assert palettes()["auto"] == palettes()["dark"]
