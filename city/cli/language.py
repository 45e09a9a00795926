"""English or Japanese, after the terminal's own language."""

import os


def is_japanese() -> bool:
    """Whether `LC_ALL`, `LC_MESSAGES` or `LANG` (the first that is set) asks for Japanese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value.lower().startswith("ja")
    return False


def say(english: str, japanese: str) -> str:
    """The text for this terminal."""
    return japanese if is_japanese() else english


def help_text(english: str, japanese: str, *examples: str) -> str:
    """The help of a command: what it does, then command lines that work as they stand."""
    lines = "\n".join(f"  {line}" for line in examples)
    return f"{say(english, japanese)}\n\n\b\n{say('Examples', '例')}:\n{lines}"
