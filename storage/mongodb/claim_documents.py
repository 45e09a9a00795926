"""Claims as documents: what a draft becomes on a server without transactions (`claims.py`)."""

from collections.abc import Iterator, Sequence
from typing import Final

from storage.mongodb.documents import Document, key_text
from storage.mongodb.draft import Draft

_LARGEST_CARGO: Final = 4_000_000
"""Bytes of history and notices, about, in one claim: a document must stay below 16 MB."""
_OVERHEAD: Final = 400
"""Bytes of such a document besides its body, about."""
_EMPTY: Final[Document] = {"seen": [], "puts": [], "deletes": [], "history": [], "notices": []}


def claims_of(draft: Draft) -> list[Document]:
    """The draft as claims, in the order in which every process takes them."""
    cargo = list(_cargo(draft))
    shared = len(draft.seen) != 1 or len(cargo) > 1
    claims = [_claim(draft, entity_id, shared=shared) for entity_id in sorted(draft.seen)]
    if not shared and cargo:
        claims[0] |= cargo[0]
        return claims
    return claims + [
        blank_claim(draft.write, key_text(draft.tenant, draft.write, str(number))) | part
        for number, part in enumerate(cargo)
    ]


def blank_claim(write: str, key: str) -> Document:
    """A claim about no entity."""
    return {"_id": key, "shared": True, "write": write, "tenant": "", "id": "", **_EMPTY}


def _claim(draft: Draft, entity_id: str, *, shared: bool) -> Document:
    seen = draft.seen[entity_id]
    return blank_claim(draft.write, key_text(draft.tenant, entity_id)) | {
        "shared": shared,
        "tenant": draft.tenant,
        "id": entity_id,
        "seen": [{"key": key, "write": write} for key, write in seen.items()],
        "puts": list(draft.puts.get(entity_id, ())),
        "deletes": list(draft.deletes.get(entity_id, ())),
    }


def _cargo(draft: Draft) -> Iterator[dict[str, list[Document]]]:
    """History and notices in parts that each fit into one document."""
    load: dict[str, list[Document]] = {"history": [], "notices": []}
    size = 0
    for kind, documents in (("history", draft.history), ("notices", draft.notices)):
        for document in documents:
            weight = len(document.get("body", "")) + _OVERHEAD
            if size and size + weight > _LARGEST_CARGO:
                yield load
                load, size = {"history": [], "notices": []}, 0
            load[kind].append(document)
            size += weight
    if size:
        yield load


def keyed(claims: Sequence[Document]) -> Document:
    """Finds these claims of one write, and never another's that came in their place."""
    keys = [claim["_id"] for claim in claims]
    return {"_id": keys[0] if len(keys) == 1 else {"$in": keys}, "write": claims[0]["write"]}


def seen_by(claim: Document) -> dict[str, str]:
    """Key → write of each document that the claim's writer saw."""
    return {one["key"]: one["write"] for one in claim["seen"]}


def created_by(claim: Document) -> Iterator[Document]:
    """The entities of a claim that did not exist when it was laid."""
    seen = seen_by(claim)
    return (document for document in claim["puts"] if document["_id"] not in seen)
