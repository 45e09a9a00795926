"""What a document asks to be written, as writes of the neutral core.

NGSI-LD knows an entity by its id alone: writes name neither type nor service path, and find the
entity wherever NGSI-v2 has put it. A new entity is put at `/`, under the first of its types.
"""

from collections.abc import Mapping

import msgspec

from broker.core.writes import Action, Write
from broker.ld.decode import Draft, Instances


def creation(draft: Draft, *, replace: bool = False) -> Write:
    """The entity comes into being; with `replace` an existing one is overwritten as a whole."""
    return Write(
        Action.CREATE,
        draft.id,
        "",
        "",
        draft.attributes,
        draft.types[1:],
        draft.scopes,
        expires_at=draft.expires_at,
        replace_entity=replace,
        default_type=draft.types[0],
    )


def upsert(draft: Draft) -> Write:
    """The entity comes into being, or its attributes are appended and overwritten."""
    return Write(
        Action.APPEND,
        draft.id,
        "",
        "",
        draft.attributes,
        draft.types,
        draft.scopes,
        expires_at=draft.expires_at,
        default_type=draft.types[0],
    )


def appending(entity_id: str, draft: Draft, *, overwrite: bool) -> Write:
    """Attributes are added to an existing entity (§5.6.3)."""
    return _on_existing(Action.APPEND if overwrite else Action.APPEND_STRICT, entity_id, draft)


def updating(entity_id: str, draft: Draft) -> Write:
    """Existing attributes get other instances (§5.6.2)."""
    return _on_existing(Action.UPDATE, entity_id, draft)


def replacing(entity_id: str, draft: Draft) -> Write:
    """The attributes of an existing entity become exactly these (§5.6.18)."""
    whole = msgspec.structs.replace(draft, scopes=draft.scopes or ())
    return _on_existing(Action.REPLACE, entity_id, whole)


def merging(entity_id: str, draft: Draft) -> Write:
    """What the document says is laid over what is there; NGSI-LD Null removes (§5.6.17)."""
    laid_over = _on_existing(Action.APPEND, entity_id, draft, keep=True)
    if not draft.removed:
        return laid_over
    return msgspec.structs.replace(laid_over, removed=draft.removed)


def amending(entity_id: str, name: str, instances: Instances) -> Write:
    """Members of one attribute are laid over those that it has (§5.6.4)."""
    return attribute_update(entity_id, {name: instances}, keep=True)


def attribute_update(
    entity_id: str, attributes: Mapping[str, Instances], *, keep: bool = False
) -> Write:
    """Existing attributes are written; with `keep`, what is not said about them stays."""
    return Write(Action.UPDATE, entity_id, "", "", attributes, keep_metadata=keep)


def removal(
    entity_id: str, names: tuple[str, ...] = (), *, dataset_id: str = "", every: bool = True
) -> Write:
    """Attributes are removed, all or one of their instances; without names the entity is."""
    return Write(
        Action.DELETE,
        entity_id,
        "",
        "",
        dict.fromkeys(names, ()),
        all_instances=every,
        dataset_id=dataset_id,
    )


def _on_existing(action: Action, entity_id: str, draft: Draft, *, keep: bool = False) -> Write:
    return Write(
        action,
        entity_id,
        "",
        "",
        draft.attributes,
        draft.types,
        draft.scopes,
        keep_metadata=keep,
        expires_at=draft.expires_at,
        may_create=False,
    )
