"""Which changes trigger: alteration types and watched attributes.

NGSI-v2 "Subscriptions based in alteration type": by default creation and actual change trigger.
NGSI-LD `notificationTrigger` (ETSI GS CIM 009 §5.2.12) adds triggers of single attributes.
"""

from collections.abc import Callable
from typing import TypeAlias, assert_never

from broker.model.changes import Alteration, Change
from broker.subscriptions.model import AttributeTrigger, Condition, Face
from broker.subscriptions.verdict import Quiet

Trigger: TypeAlias = Callable[[Change], Quiet | None]

_BY_DEFAULT = (Alteration.CREATE, Alteration.CHANGE)


def compile_trigger(condition: Condition, face: Face = Face.V2) -> Trigger:
    """A function that says whether a change triggers: None, or which condition decided against.

    With NGSI-v2 the deletion of an entity triggers whatever attributes are watched, and what names
    no attribute does not trigger, not even the creation of an entity without any.
    """
    alterations = condition.alterations
    if not alterations and not condition.attribute_triggers:
        alterations = _BY_DEFAULT
    asked = frozenset(alterations)
    attribute_triggers = condition.attribute_triggers
    watched = frozenset(condition.attributes)
    with_metadata = condition.notify_on_metadata_change

    def trigger(change: Change) -> Quiet | None:
        told = concerned(change, asked, attribute_triggers, with_metadata=with_metadata)
        if told is None:
            return Quiet.ALTERATION
        if face is Face.V2 and change.alteration is Alteration.DELETE:
            return None
        if face is Face.V2 and not told:
            return Quiet.ATTRIBUTE
        if watched and watched.isdisjoint(told):
            return Quiet.ATTRIBUTE
        return None

    return trigger


def concerned(
    change: Change,
    alterations: frozenset[Alteration],
    attribute_triggers: tuple[AttributeTrigger, ...] = (),
    *,
    with_metadata: bool = True,
) -> frozenset[str] | None:
    """The attributes that the change is told about; None if it is not told at all.

    A change that only differs in metadata is no change where `with_metadata` is False, but remains
    an update.
    """
    names = _by_alteration(change, alterations, with_metadata=with_metadata)
    for attribute_trigger in attribute_triggers:
        more = _by_attribute(change, attribute_trigger)
        if more:
            names = more if names is None else names | more
    return names


def _by_alteration(
    change: Change, alterations: frozenset[Alteration], *, with_metadata: bool
) -> frozenset[str] | None:
    match change.alteration:
        case Alteration.CREATE | Alteration.DELETE:
            return frozenset(change.written) if change.alteration in alterations else None
        case Alteration.CHANGE | Alteration.UPDATE:
            if Alteration.UPDATE in alterations:
                return frozenset(change.written)
            if Alteration.CHANGE not in alterations:
                return None
            return (change.changed if with_metadata else change.changed_values) or None
        case _:
            assert_never(change.alteration)


def _by_attribute(change: Change, trigger: AttributeTrigger) -> frozenset[str]:
    before = change.before.attributes.keys() if change.before is not None else frozenset()
    after = change.after.attributes.keys() if change.after is not None else frozenset()
    written = frozenset(change.written)
    match trigger:
        case AttributeTrigger.CREATED:
            return written & (after - before)
        case AttributeTrigger.UPDATED:
            return written & after & before
        case AttributeTrigger.DELETED:
            return written & (before - after)
        case _:
            assert_never(trigger)
