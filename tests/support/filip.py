"""FiLiP in a virtual environment of its own: what it needs would not go with what we need."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.machine_cache import not_here, once_per_machine

SOURCE = Path(__file__).resolve().parents[1] / "system" / "filip"
_INSTALL_S = 500
_WALK_S = 120


def filip_python() -> Path:
    """The interpreter that has FiLiP as the lock file pins it."""
    lock = SOURCE / "requirements.txt"

    def install(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", str(folder))
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet")
        _run(*pip, "--no-deps", "--disable-pip-version-check", "--require-hashes", "-r", str(lock))

    try:
        return once_per_machine("filip", (lock,), install) / "bin" / "python"
    except subprocess.SubprocessError:
        not_here("pip cannot install FiLiP")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=_INSTALL_S)  # noqa: S603 — words of ours


async def walk(python: Path, folder: Path, **addresses: str) -> dict[str, dict[str, Any]]:
    """What `walk.py` found at these addresses, by the name of each part of the way."""
    options = [f"--{name}={address}" for name, address in addresses.items()]
    process = await asyncio.create_subprocess_exec(
        *(str(python), "-W", "ignore", str(SOURCE / "walk.py"), *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_WALK_S):
        said, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, dict[str, Any]] = json.loads(said)
    return found
