"""Subscriptions in MongoDB, and beside them what delivery knows."""

from collections.abc import Sequence

from broker.subscriptions.model import Delivered, Subscription
from storage.documents import DELIVERED, SUBSCRIPTION, to_json
from storage.mongodb.chains import Chain
from storage.mongodb.collection import Collection
from storage.mongodb.documents import Document, key_text


class MongoSubscriptions:
    """`broker.ports.SubscriptionStore`."""

    def __init__(
        self,
        *,
        subscriptions: Collection,
        delivered: Collection,
        outbox: Collection,
        dead_letters: Collection,
        versions: Chain,
    ) -> None:
        self._subscriptions = subscriptions
        self._delivered = delivered
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._versions = versions

    async def put(self, tenant: str, subscription: Subscription) -> None:
        """See `SubscriptionStore.put`."""
        document: Document = {
            "_id": key_text(tenant, subscription.id),
            "tenant": tenant,
            "created": subscription.created_at,
            "body": to_json(subscription),
        }
        await self._subscriptions.put(document)
        await self._versions.next()

    async def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """See `SubscriptionStore.get`."""
        found = await self._subscriptions.first({"_id": key_text(tenant, subscription_id)})
        return None if found is None else SUBSCRIPTION.decode(found["body"])

    async def all(self, tenant: str) -> Sequence[Subscription]:
        """See `SubscriptionStore.all`."""
        found = self._subscriptions.find({"tenant": tenant}, sort=(("created", 1), ("_id", 1)))
        return [SUBSCRIPTION.decode(document["body"]) async for document in found]

    async def delivered(self, tenant: str, ids: Sequence[str]) -> dict[str, Delivered]:
        """See `SubscriptionStore.delivered`."""
        keys = {key_text(tenant, one): one for one in ids}
        found = self._delivered.find({"_id": {"$in": list(keys)}})
        return {keys[one["_id"]]: DELIVERED.decode(one["body"]) async for one in found}

    async def remove(self, tenant: str, subscription_id: str) -> bool:
        """See `SubscriptionStore.remove`. It goes first: what is left of it does no harm."""
        key = key_text(tenant, subscription_id)
        removed = await self._subscriptions.remove({"_id": key})
        owed = {"tenant": tenant, "subscription": subscription_id}
        await self._delivered.remove({"_id": key})
        await self._outbox.remove(owed)
        await self._dead_letters.remove(owed)
        if removed:
            await self._versions.next()
        return bool(removed)

    async def version(self) -> int:
        """See `SubscriptionStore.version`."""
        return (await self._versions.latest())[0]
