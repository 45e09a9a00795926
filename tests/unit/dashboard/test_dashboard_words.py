"""Both languages say everything, and say it with the same holes."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from dashboard.words import Language, Words, catalogue
from kernel.times import parse_instant

ROOM = Path(__file__).resolve().parents[3] / "dashboard"
CALL = re.compile(r"""words\(\s*["']([\w.>=%-]+)["']\s*[,)]""")  # noqa: TID251 — a constant of ours
MODULE_WORD = re.compile(r"""(?:words\.|say\(")([\w.]+)""")  # noqa: TID251 — a constant of ours


def holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_no_key_is_missing_in_either_language() -> None:
    assert set(catalogue(Language.JA)) == set(catalogue(Language.EN))


def test_every_sentence_has_the_same_holes_in_both_languages() -> None:
    japanese, english = catalogue(Language.JA), catalogue(Language.EN)
    different = [
        key
        for key, sentence in japanese.items()
        if not holes(english[key]) <= holes(sentence) | {"month"}
        and not holes(sentence) <= holes(english[key]) | {"month"}
    ]
    assert different == []


def test_every_key_that_code_or_templates_name_exists() -> None:
    sources = [*ROOM.rglob("*.py"), *ROOM.rglob("*.html")]
    named = {key for path in sources for key in CALL.findall(path.read_text("utf-8"))}
    assert len(named) > 50
    assert named - set(catalogue(Language.JA)) == set()


def test_every_column_of_a_table_has_a_heading() -> None:
    columns = {
        call.args[0].value
        for path in (ROOM / "panels").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Column"
        and isinstance(call.args[0], ast.Constant)
    }
    assert columns
    assert {f"column.{key}" for key in columns} <= set(catalogue(Language.JA))


def test_every_word_of_the_modules_is_in_the_catalogue() -> None:
    text = (ROOM / "static" / "ages.js").read_text("utf-8")
    named = set(MODULE_WORD.findall(text))
    assert {"age.seconds", "live", "stale"} <= named
    assert named <= set(Words(Language.JA).module_words())


@pytest.mark.parametrize(
    ("language", "shown"),
    [(Language.JA, "2月7日(土) 18:07"), (Language.EN, "Sat 7 Feb 18:07")],
)
def test_times_are_those_of_japan_with_the_weekday(language: Language, shown: str) -> None:
    assert Words(language).moment(parse_instant("2026-02-07T09:07:20Z")) == shown


def test_numbers_have_separators_and_a_real_minus() -> None:
    words = Words(Language.EN)
    assert words.count(60200.4) == "60,200"
    assert words.decimal(-3.02) == "\N{MINUS SIGN}3.0"
    assert (words.change(1.22), words.change(0.9), words.change(1.004)) == (
        "+22%",
        "\N{MINUS SIGN}10%",
        "±0%",
    )
