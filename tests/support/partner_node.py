"""The node client of `tests/system/node`, spoken with line by line."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from support.node import NodeProgram, node_program, workspace

SOURCE = Path(__file__).resolve().parents[1] / "system" / "node"


def installed(folder: Path) -> Path:
    """The script in a folder of its own, beside what the lock file pins."""
    return workspace(SOURCE, folder)


def node_client(folder: Path) -> AbstractAsyncContextManager[NodeProgram]:
    """Start the script; a failure of it is shown by what it wrote to standard error."""
    return node_program(folder, "client.mjs")
