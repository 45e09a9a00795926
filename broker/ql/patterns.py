"""Regular expressions from outside, on RE2: their time is linear in the text, whatever they say.

Patterns are searched for, not anchored (Orion's manual "Using regular expressions"). RE2 reads the
POSIX extended expressions of that manual and Perl's classes, and knows no look-around and no
back-references: such patterns are refused, never silently read as something else.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import re2

from broker.ql.errors import PatternError

_LONGEST_PATTERN: Final = 2_048
_REMEMBERED: Final = 1_024


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # RE2 would quote the pattern on stderr
    options.never_capture = True
    return options


_OPTIONS: Final = _options()


@lru_cache(maxsize=_REMEMBERED)
def searcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether a text contains a match of `pattern`.

    Raises:
        PatternError: RE2 does not read the pattern, or it is longer than 2,048 characters.
    """
    if len(pattern) > _LONGEST_PATTERN:
        raise PatternError(f"The pattern is longer than {_LONGEST_PATTERN} characters")
    try:
        search = re2.compile(pattern.encode(), _OPTIONS).search
    except (re2.error, UnicodeEncodeError):
        raise PatternError("The pattern is not a regular expression of RE2") from None
    # As bytes, because re2 would otherwise count characters for every match that it finds.
    return lambda text: search(text.encode(errors="replace")) is not None
