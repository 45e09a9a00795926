"""Telling of a failure without quoting what caused it.

An exception's message and locals may hold a whole request. Logs get its type and where in our own
code it was raised, and nothing else (de-identification §7).
"""

import traceback
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def describe(error: BaseException) -> dict[str, str]:
    """`{"error": type name, "at": "module.py:line"}` of the innermost frame that is ours."""
    ours = [
        f"{Path(frame.filename).resolve().relative_to(_ROOT)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if _is_ours(frame.filename)
    ]
    return {"error": type(error).__name__, "at": ours[-1] if ours else "outside"}


def _is_ours(filename: str) -> bool:
    path = Path(filename).resolve()
    return path.is_relative_to(_ROOT) and "site-packages" not in path.parts[len(_ROOT.parts) :]
