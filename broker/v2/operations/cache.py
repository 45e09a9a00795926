"""Orion's manual, "Statistics": what the process knows of subscriptions, and did to them."""

from typing import Final

from aiohttp import web

from broker.service.book import BookCounts, SubscriptionBook
from broker.v2.replies import Replies

_RESET: Final = {"message": "All statistics counter reset"}
_LONGEST_LIST: Final = 1_024
_TOO_MANY: Final = "too many subscriptions"


class CacheStatistics:
    """`/cache/statistics`, of the subscriptions of all tenants."""

    def __init__(self, replies: Replies, book: SubscriptionBook) -> None:
        self._replies = replies
        self._book = book

    async def get(self, request: web.Request) -> web.Response:
        """Those of tenants that wrote nothing since the book was read are not among them."""
        ids, counts = list(self._book.known_ids()), self._book.counts
        listed = ", ".join(ids)
        told = {
            "ids": listed if len(listed) < _LONGEST_LIST else _TOO_MANY,
            "refresh": counts.reads,
            "inserts": counts.inserts,
            "removes": counts.removes,
            "updates": counts.updates,
            "items": len(ids),
        }
        return self._replies.json(self._replies.correlator(request), told)

    async def reset(self, request: web.Request) -> web.Response:
        """Begin to count anew."""
        self._book.counts = BookCounts()
        return self._replies.json(self._replies.correlator(request), _RESET)
