"""Outcomes are committed together: one commit for all that ended while the last one ran."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from broker.ports import Outbox, Outcome
from kernel.errors import UnavailableError
from serving.failures import describe
from serving.tasks import Supervisor

_log = structlog.get_logger("odori.outbound")
_PAUSE_S: Final = 0.5
_LARGEST_BATCH: Final = 1_000
_PATIENCE_AT_END_S: Final = 5.0


class Settler:
    """Settles outcomes in the order in which they came, and tells when each is durable.

    Leaving the context settles what is left, so that an orderly end repeats nothing.
    """

    def __init__(self, outbox: Outbox, settled: Callable[[Sequence[Outcome]], None]) -> None:
        self._outbox = outbox
        self._settled = settled
        self._waiting: list[Outcome] = []
        self._bell = asyncio.Event()
        self._supervisor = Supervisor()

    async def __aenter__(self) -> Self:
        await self._supervisor.__aenter__()
        self._supervisor.keep("outbound settling", self._work)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._supervisor.__aexit__(kind, error, trace)
        try:
            async with asyncio.timeout(_PATIENCE_AT_END_S):
                while self._waiting:
                    await self._settle_some()
        except (TimeoutError, UnavailableError) as failed:
            _log.warning("outcomes not settled", left=len(self._waiting), **describe(failed))

    def add(self, outcome: Outcome) -> None:
        """Settle this soon."""
        self._waiting.append(outcome)
        self._bell.set()

    async def _work(self) -> None:
        is_out = False
        while True:
            await self._bell.wait()
            try:
                await self._settle_some()
            except UnavailableError as error:
                if not is_out:
                    _log.warning("outcomes wait for the database", **describe(error))
                is_out = True
                await asyncio.sleep(_PAUSE_S)
                continue
            if is_out:
                _log.info("outcomes are settled again")
                is_out = False
            if not self._waiting:
                self._bell.clear()

    async def _settle_some(self) -> None:
        batch = self._waiting[:_LARGEST_BATCH]
        await self._outbox.settle(batch)
        del self._waiting[: len(batch)]
        self._settled(batch)
