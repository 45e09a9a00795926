"""A server that speaks MongoDB's protocol, for the tests that need one.

`ODORI_TEST_MONGODB_URL` names a running one; otherwise `mongod` from the PATH is started, or
FerretDB (`ferretdb` on the PATH, or the program that `ODORI_TEST_FERRETDB` names) on SQLite files
of its own. Without any of them the tests are skipped, except in CI, where they fail.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

_START_S = 30.0


@pytest.fixture(scope="session")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server, alive for the whole session."""
    given = os.environ.get("ODORI_TEST_MONGODB_URL")
    if given:
        yield given
        return
    with running_mongodb(tmp_path_factory.mktemp("mongodb")) as url:
        yield url


def drop_database(url: str, name: str) -> None:
    """Remove what a test left on the server."""
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5_000) as client:
        client.drop_database(name)


def drop_databases(url: str, city: str) -> None:
    """Remove a city with everything that stands apart from it."""
    for name in (city, f"{city}_access", f"{city}_vault", f"{city}_keys"):
        drop_database(url, name)


@contextmanager
def running_mongodb(folder: Path) -> Iterator[str]:
    """The URL of a server of one's own, which keeps its files in the folder."""
    port = _free_port()
    command = _command(folder, port)
    url = f"mongodb://127.0.0.1:{port}/"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)  # noqa: S603 — ours
    try:
        _await_answer(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=_START_S)


def _command(folder: Path, port: int) -> Sequence[str]:
    mongod = shutil.which("mongod")
    if mongod is not None:
        return [mongod, "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"]
    ferretdb = os.environ.get("ODORI_TEST_FERRETDB") or shutil.which("ferretdb")
    if ferretdb is None:
        _give_up("no mongod and no ferretdb (see deploy/ci/ferretdb)")
    return [
        ferretdb,
        "--handler=sqlite",
        f"--sqlite-url=file:{folder}/?_pragma=synchronous(off)",
        f"--state-dir={folder}",
        f"--listen-addr=127.0.0.1:{port}",
        "--debug-addr=-",
        "--telemetry=disable",
        "--log-level=ERROR",
    ]


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
        while True:
            try:
                client.admin.command("ping")
            except PyMongoError:
                if time.monotonic() > deadline or process.poll() is not None:
                    pytest.fail("the MongoDB server does not start")
            else:
                return
