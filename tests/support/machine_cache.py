"""What tests install once per machine, in a folder that is named by the hash of its lock file."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def once_per_machine(name: str, locks: Sequence[Path], build: Callable[[Path], None]) -> Path:
    """The folder that `build` filled the first time that anybody asked for these locks.

    Whoever builds at the same time builds apart, and the first to finish is kept.

    Args:
        name: what the folder's name begins with.
        locks: the files that say what is installed.
        build: fills an empty folder; the folder is renamed afterwards.
    """
    shelf = _cache()
    digest = hashlib.sha256(b"\0".join(lock.read_bytes() for lock in locks)).hexdigest()
    done = shelf / f"{name}-{digest[:16]}"
    if done.is_dir():
        return done
    making = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=shelf))
    try:
        build(making)
        making.rename(done)
    except OSError:
        if not done.is_dir():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return done


def not_here(reason: str) -> NoReturn:
    """Skip for want of something, except under CI, where it has to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    shelf = Path(base) / "odori" / "tests"
    shelf.mkdir(parents=True, exist_ok=True)
    return shelf
