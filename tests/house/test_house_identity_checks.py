"""What we say about the identity is read from the names of tests."""

from pathlib import Path

from tools.identity_checks import groups, held, page

ROOT = Path(__file__).resolve().parents[2]
CHECKS = [one for checks in groups().values() for one in checks]


def test_the_page_says_what_the_tests_are_called() -> None:
    """Otherwise: `make conformance`."""
    assert (ROOT / "docs" / "identity-checks.md").read_text(encoding="utf-8") == page()


def test_no_check_of_the_first_tier_lacks_a_test() -> None:
    assert [one.id for one in CHECKS if one.tier == "T1" and one.id not in held()] == []


def test_every_check_that_a_test_names_exists() -> None:
    assert held().keys() - {one.id for one in CHECKS} == set()
