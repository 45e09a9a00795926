"""Programs for node whose packages a lock file pins, installed once per machine."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.machine_cache import not_here, once_per_machine

_INSTALL_S = 300
_ANSWER_S = 60
_END_S = 10
_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")


def workspace(source: Path, folder: Path) -> Path:
    """`folder`, with the scripts of `source` beside the packages that its lock file pins."""
    packages = _packages(source)
    for script in (source / "package.json", *sorted(source.glob("*.mjs"))):
        shutil.copy(script, folder / script.name)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder


def _packages(source: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        not_here("node and npm are not installed")
    pins = (source / "package.json", source / "package-lock.json")

    def install(folder: Path) -> None:
        for pin in pins:
            shutil.copy(pin, folder / pin.name)
        subprocess.run(  # noqa: S603 — npm, with words of ours
            [npm, *_CI], cwd=folder, check=True, timeout=_INSTALL_S, stdout=subprocess.DEVNULL
        )

    try:
        return once_per_machine(source.name, pins, install)
    except subprocess.SubprocessError:
        not_here(f"npm cannot install what {source.name} pins")


class NodeProgram:
    """A running script that is spoken with line by line, in JSON."""

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
async def node_program(
    folder: Path, script: str, arguments: Sequence[str] = ()
) -> AsyncIterator[NodeProgram]:
    """Run a script of a workspace while inside; what fails in it is on standard error.

    It ends by itself once its standard input does, or is ended.
    """
    node = shutil.which("node")
    assert node is not None
    process = await asyncio.create_subprocess_exec(
        *(node, script, *arguments),
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield NodeProgram(process)
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
