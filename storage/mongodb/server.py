"""What the server can do, found out at start."""

from dataclasses import dataclass
from typing import Any

_BULK = 1_000


@dataclass(frozen=True, slots=True)
class Server:
    """What differs between servers that speak MongoDB's protocol.

    Attributes:
        transactions: several documents change together: replica sets and sharded clusters.
        swaps: a conditional replacement is one step. FerretDB v1 reads, compares and writes in
            three, so that two writers may both find the old document.
        elements: `$elemMatch` judges the elements of an array one by one. FerretDB v1 lets one
            satisfy the lower bound and another the upper.
        at_once: changes of one bulk request. FerretDB v1 holds a connection for each until the
            request ends, and stands still when it has none left.
    """

    transactions: bool
    swaps: bool
    elements: bool
    at_once: int


async def examine(client: Any) -> Server:
    """Ask the server."""
    hello = await client.admin.command("hello")
    build = await client.admin.command("buildInfo")
    is_ferret = any(name.lower().startswith("ferretdb") for name in build)
    clustered = "setName" in hello or hello.get("msg") == "isdbgrid"
    return Server(
        transactions=clustered and not is_ferret,
        swaps=not is_ferret,
        elements=not is_ferret,
        at_once=1 if is_ferret else _BULK,
    )
