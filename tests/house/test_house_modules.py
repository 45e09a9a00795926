"""Every module stands on its own: importing it first, alone, works."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "kernel", "serving", "broker", "storage", "ingest", "oauth", "sensors", "dashboard", "city",
)  # fmt: skip
_TRY_ALL = """
import importlib, sys
failed = []
for name in sys.argv[1:]:
    before = set(sys.modules)
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
    for loaded in set(sys.modules) - before:
        if loaded.partition(".")[0] in ROOMS:
            del sys.modules[loaded]
print("\\n".join(failed))
"""


def modules_of(room: str) -> list[str]:
    paths = sorted((ROOT / room).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_of_a_room_imports_alone(room: str) -> None:
    program = f"ROOMS = {ROOMS!r}\n{_TRY_ALL}"
    done = subprocess.run(  # noqa: S603 — our own interpreter and module names
        [sys.executable, "-c", program, *modules_of(room)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.strip() == ""
