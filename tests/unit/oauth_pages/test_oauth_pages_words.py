"""Both languages say everything, and say it with the same holes."""

import re
from pathlib import Path
from string import Formatter

import pytest

from kernel.times import parse_instant
from oauth.accounts.refusals import Rule
from oauth.model.consents import ConsentState, EventType
from oauth.model.items import GRANULARITIES, SELF_ITEMS, Item
from oauth.model.terms import MANDATORY, TermsKind
from oauth.model.texts import Language
from oauth.pages.words import PageWords, catalogue
from oauth.server.views import Trouble

ROOM = Path(__file__).resolve().parents[3] / "oauth" / "pages"
CALL = re.compile(r"""words\(\s*["']([\w.:>=%-]+)["']\s*[,)]""")  # noqa: TID251 — ours
JAPANESE, ENGLISH = catalogue(Language.JA), catalogue(Language.EN)


def holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_no_key_is_missing_in_either_language() -> None:
    assert set(JAPANESE) == set(ENGLISH)


def test_every_sentence_has_the_same_holes_in_both_languages() -> None:
    different = [key for key in JAPANESE if holes(JAPANESE[key]) != holes(ENGLISH[key])]
    assert different == []


def test_every_key_that_code_or_templates_name_exists() -> None:
    sources = [*ROOM.rglob("*.py"), *ROOM.rglob("*.html")]
    named = {key for path in sources for key in CALL.findall(path.read_text("utf-8"))}
    assert len(named) > 100
    assert named - set(JAPANESE) == set()


@pytest.mark.parametrize(
    "keys",
    [
        {f"item.{one}" for one in Item},
        {f"trouble.{one}{part}" for one in Trouble for part in ("", ".lead")},
        {f"error.password.{one}" for one in Rule},
        {f"event.{one}" for one in EventType},
        {f"state.{one}" for one in ConsentState},
        {f"{kind}.{one}" for kind in ("clause", "error.clause") for one in MANDATORY[TermsKind.ID]},
        {f"terms.association:{one}" for one in (TermsKind.ID, TermsKind.OAUTH)},
        {
            f"granularity.{item}.{one}"
            for item in SELF_ITEMS
            for one in GRANULARITIES[item]
            if len(GRANULARITIES[item]) > 1
        },
        {f"mode.{one}" for one in ("VIEW", "STORE", "QUERY", "STREAM")},
    ],
    ids=lambda keys: min(keys).split(".")[0],
)
def test_every_member_of_a_closed_set_has_its_words(keys: set[str]) -> None:
    assert keys - set(JAPANESE) == set()


def test_no_sentence_is_left_over() -> None:
    """What nobody says is not there to be translated."""
    shared = ROOM.parents[1] / "serving" / "html" / "templates"
    sources = [*ROOM.rglob("*.py"), *ROOM.rglob("*.html"), *shared.glob("*.html")]
    text = "".join(path.read_text("utf-8") for path in sources)
    dynamic = (
        *(
            "item.",
            "granularity.",
            "trouble.",
            "error.",
            "event.",
            "state.",
            "clause.",
            "terms.",
            "field.",
        ),
        *("date.", "mode.", "weekday.", "month.", "duration.", "value.", "data.", "edit.", "nav."),
        *("delete.line.", "verify.", "email.", "recover.done", "delete.done", "logout.done"),
        *("sessions.done", "told.", "profile."),
    )
    left = [key for key in JAPANESE if key not in text and not key.startswith(dynamic)]
    assert left == []


@pytest.mark.parametrize(
    ("language", "shown"),
    [(Language.JA, "2026年2月7日(土) 18:07"), (Language.EN, "Sat 7 February 2026 18:07")],
)
def test_times_are_those_of_japan_with_their_year(language: Language, shown: str) -> None:
    assert PageWords(language).moment(parse_instant("2026-02-07T09:07:20Z")) == shown


@pytest.mark.parametrize(
    ("text", "japanese", "english"),
    [
        ("P12M", "12か月", "12 months"),
        ("P1Y", "1年", "1 year"),
        ("P30D", "30日", "30 days"),
        ("P1Y6M", "P1Y6M", "P1Y6M"),
    ],
)
def test_durations_are_said(text: str, japanese: str, english: str) -> None:
    assert PageWords(Language.JA).duration(text) == japanese
    assert PageWords(Language.EN).duration(text) == english
