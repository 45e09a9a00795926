"""Running a coroutine as the whole program."""

import asyncio
import gc
import os
import resource
import sys
from collections.abc import Coroutine
from typing import Any

from kernel.errors import OdoriError


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one. A group of failures is told as its first one of ours."""
    _forbid_core_dumps()
    os.umask(0o077)  # databases and tokens are for whoever runs the city, and nobody else
    _look_for_garbage_less()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(work)
    except* OdoriError as failures:
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


def _loop_factory() -> Any:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 — there is none on Windows

    return uvloop.new_event_loop


def _look_for_garbage_less() -> None:
    """Nearly all that a request makes is gone with it, freed by counting references.

    The default thresholds start a collection several times in every batch, and find nothing.
    """
    gc.freeze()  # what lives for ever is not worth looking at
    gc.set_threshold(50_000, 20, 50)


def _forbid_core_dumps() -> None:
    """Keys live in memory: a core file would keep them (de-identification §6)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
