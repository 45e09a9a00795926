"""Why a subscription keeps quiet about a change, in the order in which the conditions are asked."""

from enum import StrEnum


class Quiet(StrEnum):
    """The condition that decided against a notification."""

    OWNER = "owner"  # the credentials of whoever made it ended, or show less now
    INACTIVE = "inactive"  # the owner, a spent oneshot or too many failures switched it off
    EXPIRED = "expired"  # `expires` is past
    SERVICE_PATH = "servicePath"  # the entity lives outside the subscription's service path
    PERMISSION = "permission"  # whoever made the subscription may not see this
    ENTITY = "entity"  # no entry of `subject.entities` names it
    ALTERATION = "alteration"  # not one of the alteration types, or nothing changed
    ATTRIBUTE = "attribute"  # none of the watched attributes is concerned
    UNREADABLE = "unreadable"  # the stored filter does not parse any more
    Q = "q"
    MQ = "mq"
    GEO = "geo"
    SCOPE = "scope"
    JEXL = "jexl"  # the expression of the condition does not give true
    THROTTLED = "throttled"  # decided at delivery: too soon after the last notification
