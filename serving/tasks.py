"""Supervised tasks: named, owned by one supervisor, ended with it, restarted when they fail."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self

import structlog

from serving.failures import describe

_log = structlog.get_logger("odori.tasks")
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 30.0


class Supervisor:
    """Owns background work. Leaving the context cancels all of it and waits for the end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine once. A failure is logged by type and place."""
        task = asyncio.create_task(self._once(name, work), name=name)  # noqa: TID251 — this is the owner
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # work that was cancelled before it began
        return task

    def keep(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run `work` for ever: when it fails it is started again after a growing pause."""
        return self.start(name, self._again(name, work))

    async def _once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 — a task's failure must not take the process
            _log.error("task failed", task=name, **describe(error))

    async def _again(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await work()
                pause_s = _FIRST_PAUSE_S
            except Exception as error:  # noqa: BLE001 — restarted below
                _log.error("task failed", task=name, **describe(error))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
