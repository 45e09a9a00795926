"""Fixtures of all tests, and what the processes that tests start inherit."""

import signal

from support.mongodb import mongodb_url  # noqa: F401 — a fixture is found where it is imported

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in a background job of a shell; children would inherit that, and never hear of Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
