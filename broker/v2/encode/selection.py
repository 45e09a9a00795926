"""What an answer shows (NGSI-v2 "Filtering out attributes and metadata")."""

from typing import Final

import msgspec

from broker.v2.parameters import DEFAULTS, Option, Parameters

DATE_CREATED: Final = "dateCreated"
DATE_MODIFIED: Final = "dateModified"
DATE_EXPIRES: Final = "dateExpires"
SERVICE_PATH: Final = "servicePath"
PREVIOUS_VALUE: Final = "previousValue"
ACTION_TYPE: Final = "actionType"
EVERY: Final = "*"


class Form(msgspec.Struct, frozen=True, gc=False):
    """How an entity is shown.

    Attributes:
        attrs: names in order; `*` stands for all user attributes, builtin ones are named. Empty
            means all user attributes.
        except_attrs: user attributes that are left out, when `attrs` is empty.
        metadata: the same for metadata.
        option: `keyValues`, `values`, `unique`, or NORMALIZED.
    """

    attrs: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    option: Option = Option.NORMALIZED
    except_attrs: frozenset[str] = frozenset()

    @property
    def shows_all(self) -> bool:
        """Whether there is nothing to leave out and nothing to add."""
        return not (self.attrs or self.metadata or self.except_attrs)


PLAIN: Final = Form()


def form_of(parameters: Parameters) -> Form:
    """What the query string asks for. The old options `dateCreated`, `dateModified` add to it."""
    if parameters is DEFAULTS:
        return PLAIN
    attrs = parameters.attrs
    dates = tuple(
        name
        for name, option in (
            (DATE_CREATED, Option.DATE_CREATED),
            (DATE_MODIFIED, Option.DATE_MODIFIED),
        )
        if parameters.has(option)
    )
    if dates:
        attrs = (*(attrs or (EVERY,)), *dates)
    return Form(attrs, parameters.metadata, representation(parameters))


def representation(parameters: Parameters) -> Option:
    """Which of the representations `options` names; normalized by default."""
    for option in (Option.KEY_VALUES, Option.VALUES, Option.UNIQUE):
        if parameters.has(option):
            return option
    return Option.NORMALIZED
