"""`odori demo` as a real process, and the commands that its banner prints.

with demo(folder) as city:
    answer = shell(city.curls[0])
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from support.odori_process import PROGRAM
from support.receivers import unused_port

START_S = 10.0
"""What a first start may take until the board can be looked at (first run, no. 1)."""
_STOP_S = 15.0
_BOARD = re.compile(r"(http://127\.0\.0\.1:\d+)/flow")  # noqa: TID251 — ours
_COMMAND = re.compile(r"^\s+((?:curl|mosquitto_pub) .*)$", re.MULTILINE)  # noqa: TID251 — ours


class Demo:
    """A running demo.

    Attributes:
        banner: what it printed when the city ran.
        data: the folder of its databases.
        started_in_s: from the start of the process to the banner's last line.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[str], started_at: float) -> None:
        self.data = folder / "data"
        self.banner = ""
        self.started_in_s = 0.0
        self._process = process
        self._started_at = started_at
        self._lines: list[str] = []
        self._complete = threading.Event()
        self._reader = threading.Thread(target=self._listen, daemon=True)

    @property
    def url(self) -> str:
        """Where the board is."""
        found = _BOARD.search(self.banner)
        assert found is not None, self.banner
        return found[1]

    @property
    def commands(self) -> list[str]:
        """The command lines of the banner, as printed."""
        return _COMMAND.findall(self.banner)

    @property
    def output(self) -> str:
        """Everything that it said until now, errors included."""
        return "".join(self._lines)

    def await_banner(self) -> None:
        """Return once the banner stands."""
        self._reader.start()
        if not self._complete.wait(3 * START_S) or self._process.poll() is not None:
            raise RuntimeError("odori demo does not start: " + self.output)
        self.started_in_s = time.monotonic() - self._started_at
        self.banner = self.output

    def kill(self) -> None:
        """As a power cut does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(_STOP_S)

    def interrupt(self) -> tuple[int, float]:
        """Press Ctrl-C; the exit code, and how many seconds it took."""
        pressed_at = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(_STOP_S)
        took_s = time.monotonic() - pressed_at
        self._reader.join(_STOP_S)
        return code, took_s

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.append(line)
                if "CrowdFlowObserved:TRY1" in line:
                    self._complete.set()
        self._complete.set()


@contextlib.contextmanager
def demo(folder: Path, *arguments: str, language: str = "C.UTF-8") -> Iterator[Demo]:
    """A demo on free ports, with its databases in `folder/data`; killed on leaving."""
    ports = ("--port", "0", "--mqtt-embedded-port", str(unused_port()))
    command = (str(PROGRAM), "demo", *ports, "--data-dir", "data", "--days", "1", *arguments)
    started_at = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 — ours
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": language},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Demo(folder, process, started_at)
    try:
        running.await_banner()
        yield running
    finally:
        running.kill()


def shell(line: str) -> str:
    """Run one printed command line in a shell; what it prints.

    Raises:
        subprocess.CalledProcessError: it fails.
    """
    done = subprocess.run(  # noqa: S603 — what our banner tells people to run
        ("/bin/sh", "-c", line), check=True, capture_output=True, text=True, timeout=20
    )
    return done.stdout
