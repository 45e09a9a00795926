"""How a request is recognized that comes back to where it was forwarded.

The correlator travels with a request from broker to broker, and each that forwards it adds
`; cbfwd=N`: it tells where the request has been. Orion does the same, so that a ring with Orions in
it is recognized, too.
"""

from collections.abc import Iterable
from typing import Final

_MARK: Final = "; cbfwd="
_LONGEST_ROOT: Final = 180
MOST_HOPS: Final = 5
"""Brokers that a request may pass. A ring through other processes of ours ends here at last."""


def marked(correlator: str, number: int) -> str:
    """The correlator of the request's forwarding of this number, from 1.

    What a caller made too long is cut: where a correlator is over the length that others accept,
    they would give the request another one, and not recognize it.
    """
    root, mark, passed = correlator.partition(_MARK)
    return f"{root[:_LONGEST_ROOT]}{mark}{passed}{_MARK}{number}"


def is_forwarded(correlator: str) -> bool:
    """Whether another broker sent the request."""
    return _MARK in correlator


def goes_in_circles(correlator: str, under_way: Iterable[str]) -> bool:
    """Whether the request is one that we wait for, come back, or has passed too many brokers.

    `under_way` are the correlators of requests whose answers are awaited here.
    """
    return correlator.count(_MARK) >= MOST_HOPS or any(
        correlator == sent or correlator.startswith(f"{sent}{_MARK}") for sent in under_way
    )
