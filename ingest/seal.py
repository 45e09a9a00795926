"""`Deidentified`: the one thing that may leave `ingest/`, and the one place that makes it.

Whoever holds a `Deidentified` knows that its values went through a policy's transforms and through
the detector net, because nothing else in the program can make one (decision D7).
"""

from typing import Final, NoReturn, final

import msgspec

from ingest.detectors import inspect
from ingest.observation import Observation, PolicyRef

_SENTINEL: Final = object()


@final
class Deidentified:
    """A sealed observation. Cannot be built, subclassed, copied, replaced or unpickled elsewhere.

    Attributes:
        observation: entity and attributes.
        policy: which policy made it.
    """

    __slots__ = ("observation", "policy")

    observation: Observation
    policy: PolicyRef

    def __init__(self, sentinel: object, observation: Observation, policy: PolicyRef) -> None:
        if sentinel is not _SENTINEL:
            raise TypeError("Only ingest/seal.py builds Deidentified")
        object.__setattr__(self, "observation", observation)
        object.__setattr__(self, "policy", policy)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Deidentified has no subclasses")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Deidentified does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Deidentified does not change")

    def __copy__(self) -> NoReturn:
        raise TypeError("Deidentified is not copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("Deidentified is not copied")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Deidentified is not pickled")

    def __setstate__(self, state: object) -> NoReturn:
        raise TypeError("Deidentified is not unpickled")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Deidentified)
            and self.observation == other.observation
            and self.policy == other.policy
        )

    def __hash__(self) -> int:
        return hash((self.observation.entity_id, self.observation.observed_at, self.policy))

    def __repr__(self) -> str:
        return f"<Deidentified {self.observation.type} by {self.policy}>"


class _Sealed(msgspec.Struct, frozen=True):
    """The stored form of a sealed observation, for the spool."""

    observation: Observation
    policy: PolicyRef


def seal(observation: Observation, policy: PolicyRef) -> Deidentified:
    """Seal what the transforms made, after the detector net has looked at every value.

    Raises:
        Refusal: the net found something. The policy is wrong; nothing is sealed.
    """
    inspect(observation)
    return Deidentified(_SENTINEL, observation, policy)


def to_bytes(sealed: Deidentified) -> bytes:
    """JSON of a sealed observation, for a spool."""
    return msgspec.json.encode(_Sealed(sealed.observation, sealed.policy))


def reopen(data: bytes) -> Deidentified:
    """The sealed observation that `to_bytes` wrote. The detector net looks at it again.

    Raises:
        Refusal: the net found something.
        msgspec.ValidationError: the bytes do not hold a sealed observation.
    """
    stored = _DECODER.decode(data)
    return seal(stored.observation, stored.policy)


_DECODER: Final = msgspec.json.Decoder(_Sealed)
