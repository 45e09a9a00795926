"""Ports are checked before anything starts: a taken one is a sentence, not a traceback."""

import errno
import socket

from kernel.errors import OdoriError

_TRIES = 50


class PortTakenError(OdoriError):
    """Something else listens there already. Exit code 2."""


def check_port(host: str, port: int, *, flag: str, purpose: str) -> None:
    """See whether `host:port` can be listened on.

    Raises:
        PortTakenError: it cannot; the sentence names the port, the next free one and the flag.
    """
    if port == 0 or _is_free(host, port):
        return
    free = next((one for one in range(port + 1, port + _TRIES) if _is_free(host, one)), None)
    hint = f"; {free} is free: {flag} {free}" if free is not None else f"; choose one with {flag}"
    raise PortTakenError(f"Port {port} on {host} ({purpose}) is taken{hint}")


def free_port(host: str) -> int:
    """A port that is free now, for servers that cannot be asked which one they took."""
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_free(host: str, port: int) -> bool:
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise PortTakenError(f"{host} is not an address of this machine") from None
    return True
