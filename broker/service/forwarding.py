"""Sends parts of a request to providers, and waits for all of them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from broker.federation.asks import Origin, QueryAnswer, QueryAsk, UpdateAnswer, UpdateAsk
from broker.federation.loops import goes_in_circles, is_forwarded, marked
from broker.ports import DEFAULT_LIMIT, ContextProviders
from broker.service.call import Call
from broker.service.provider_watch import ProviderWatch, Request
from kernel.errors import PeerError

AskT = TypeVar("AskT", QueryAsk, UpdateAsk)
AnswerT = TypeVar("AnswerT")
_AT_ONCE: Final = 16
"""Providers that one request waits for at the same time."""
_NONE: Final = QueryAnswer()


class Forwarding:
    """Requests to one provider go one after the other, those to several at the same time.

    Args:
        providers: how they are asked.
        watch: hears of each request.
        most: requests to providers that one request may cause (Orion's `-cprForwardLimit`); 0
            forwards nothing. What is beyond that is not asked.
    """

    def __init__(self, providers: ContextProviders, watch: ProviderWatch, most: int) -> None:
        self._providers = providers
        self._watch = watch
        self._most = most
        self._under_way: Counter[str] = Counter()

    async def query(
        self, call: Call, asks: Sequence[QueryAsk], limit: int = DEFAULT_LIMIT, offset: int = 0
    ) -> list[QueryAnswer]:
        """One answer per ask; an empty one of a provider that failed or was not asked."""

        async def send(ask: QueryAsk, origin: Origin) -> QueryAnswer:
            return await self._providers.query(ask, origin, limit=limit, offset=offset)

        answers = await self._send_all(call, asks, send, Request.QUERY)
        return [_NONE if one is None else one for one in answers]

    async def update(self, call: Call, asks: Sequence[UpdateAsk]) -> list[UpdateAnswer | None]:
        """One answer per ask; None of a provider that failed or was not asked."""
        return await self._send_all(call, asks, self._providers.update, Request.UPDATE)

    async def _send_all(
        self,
        call: Call,
        asks: Sequence[AskT],
        send: Callable[[AskT, Origin], Awaitable[AnswerT]],
        request: Request,
    ) -> list[AnswerT | None]:
        answers: list[AnswerT | None] = [None] * len(asks)
        if is_forwarded(call.correlator) and goes_in_circles(call.correlator, self._under_way):
            self._watch.circled(request)
            return answers
        by_provider: dict[str, list[int]] = {}
        for position, ask in enumerate(asks[: self._most]):
            by_provider.setdefault(ask.url, []).append(position)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def ask_one_provider(positions: Sequence[int]) -> None:
            async with turns:
                for position in positions:
                    answers[position] = await self._send(
                        call, asks[position], position + 1, send, request
                    )
                    if answers[position] is None:
                        return  # who fails once makes the caller wait once

        async with asyncio.TaskGroup() as group:
            for positions in by_provider.values():
                group.create_task(ask_one_provider(positions))
        return answers

    async def _send(
        self,
        call: Call,
        ask: AskT,
        number: int,
        send: Callable[[AskT, Origin], Awaitable[AnswerT]],
        request: Request,
    ) -> AnswerT | None:
        correlator = marked(call.correlator, number)
        about = (call.tenant, ask.registration, ask.url, request)
        with self._awaited(correlator):
            try:
                answer = await send(ask, Origin(call.tenant, call.service_path, correlator))
            except PeerError as error:
                self._watch.failed(*about, error.message)
                call.remarks.append(f"registration {ask.registration}: {error.message}")
                return None
        self._watch.answered(*about)
        return answer

    @contextmanager
    def _awaited(self, correlator: str) -> Iterator[None]:
        """While inside, a request with this correlator is known as one of ours."""
        self._under_way[correlator] += 1
        try:
            yield
        finally:
            self._under_way[correlator] -= 1
            if not self._under_way[correlator]:
                del self._under_way[correlator]
