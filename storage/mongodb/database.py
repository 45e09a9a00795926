"""An open database, and what its server can do."""

from collections.abc import Callable
from dataclasses import dataclass

from storage.mongodb.collection import Collection
from storage.mongodb.server import Server
from storage.mongodb.transactions import Together


@dataclass(frozen=True, slots=True)
class Database:
    """Collections by name; work in a transaction, where there are any."""

    collection: Callable[[str], Collection]
    together: Together
    server: Server
