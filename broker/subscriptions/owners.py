"""Whom a subscription belongs to, and whether that one may still be told what it tells (ADR 0085).

Pure: who stands behind which credentials is asked of the port `broker.ports.Owners`.
"""

from typing import Final

from broker.subscriptions.model import Subscription
from kernel.permission import Permission, Principal, Scope

ORPHANED: Final = "The credentials that the subscription was made with ended, or show less now"


def may_be_told(
    holder: Principal, permission: Permission, tenant: str, subscription: Subscription
) -> bool:
    """Whether all that the subscription tells is still its owner's to read.

    Args:
        holder: the owner as its credentials say now.
        permission: what these show under the city's rules.
        tenant: the subscription's.
        subscription: with the permission of the day on which it was made.
    """
    return (
        holder.has(Scope.NGSI_READ)
        and (holder.tenants is None or tenant in holder.tenants)
        and permission.covers(subscription.permission)
    )


class NobodyAsks:
    """`broker.ports.Owners` of a broker without credentials: whatever is subscribed to is told."""

    generation: Final = 0

    async def refresh(self) -> None:
        """There is nothing to notice."""

    def allow(self, tenant: str, subscription: Subscription) -> bool:  # noqa: ARG002 — of the port
        """Yes."""
        return True
