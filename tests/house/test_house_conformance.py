"""What we say about the standard is read from the conversations, and nothing is left unsaid."""

from pathlib import Path

from tools.conformance import conversations, judgement, page, sections

ROOT = Path(__file__).resolve().parents[2]
NAMES = {section.name for section in sections()}


def test_the_page_says_what_the_conversations_say() -> None:
    """Otherwise: `make conformance`."""
    assert (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8") == page()


def test_every_conversation_names_what_it_holds() -> None:
    assert [one.path for one in conversations() if not one.cited] == []


def test_every_section_that_is_named_exists() -> None:
    named = {
        (one.path.name, name)
        for one in conversations()
        for name in one.sections()
        if name not in NAMES
    }
    assert named == set()


def test_no_two_sections_share_a_name() -> None:
    assert len(NAMES) == len(sections())


def test_what_was_judged_by_hand_exists() -> None:
    told = judgement()
    assert {*told.prose, *told.elsewhere, *told.not_done} <= NAMES
    tests = {path for paths in told.elsewhere.values() for path in paths}
    assert {path for path in tests if not (ROOT / path).is_file()} == set()


def test_every_rule_that_is_not_done_has_its_reason() -> None:
    rules = [one for found in judgement().not_done.values() for one in found]
    assert [one for one in rules if len(one.rule) < 5 or len(one.why) < 10] == []


def test_no_section_is_without_a_conversation_or_a_reason() -> None:
    told = judgement()
    held = {name for one in conversations() for name in one.sections()} | told.elsewhere.keys()
    assert held | told.prose | told.not_done.keys() >= NAMES
