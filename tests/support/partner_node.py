"""The node client of `tests/system/node`, installed apart and spoken with line by line."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "system" / "node"
_INSTALL_S = 120
_ANSWER_S = 60


def installed(folder: Path) -> Path:
    """What the lock file pins, in a folder of its own.

    Without node the test is skipped, except under CI, where it has to be there.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        if os.environ.get("CI"):
            pytest.fail("node and npm are needed")
        pytest.skip("node and npm are not installed")
    for name in ("package.json", "package-lock.json", "client.mjs"):
        shutil.copy(SOURCE / name, folder / name)
    subprocess.run(  # noqa: S603 — npm, with words of ours
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=folder,
        check=True,
        timeout=_INSTALL_S,
        stdout=subprocess.DEVNULL,
    )
    return folder


class NodeClient:
    """The running script."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    async def tell(self, value: object) -> None:
        """One line to it."""
        self._stdin.write(json.dumps(value).encode() + b"\n")
        await self._stdin.drain()

    async def hear(self) -> dict[str, Any] | None:
        """The next line of it; None when it has ended."""
        async with asyncio.timeout(_ANSWER_S):
            line = await self._stdout.readline()
        return json.loads(line) if line else None


@asynccontextmanager
async def node_client(folder: Path) -> AsyncIterator[NodeClient]:
    """Start the script; a failure of it is shown by what it wrote to standard error."""
    node = shutil.which("node")
    assert node is not None
    process = await asyncio.create_subprocess_exec(
        node,
        "client.mjs",
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield NodeClient(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
