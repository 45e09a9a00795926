"""A value of any struct, with every member set: for round trips of everything that is stored."""

from typing import Any

from msgspec import inspect


def sample(type_: Any, number: int = 1) -> Any:
    """A value of the type; different numbers give different values. Optional members are there."""
    return _sample(inspect.type_info(type_), number)


def _sample(info: inspect.Type, number: int) -> Any:  # noqa: PLR0911 — one case per type
    match info:
        case inspect.BoolType():
            return True
        case inspect.IntType() | inspect.FloatType():
            return 1_700_000_000_000_000 + number
        case inspect.StrType():
            return f"札幌-{number}"
        case inspect.BytesType():
            return b"\x00\xff\x80" + number.to_bytes(4)
        case inspect.EnumType(cls):
            members = list(cls)
            return members[number % len(members)]
        case inspect.FrozenSetType(item):
            return frozenset({_sample(item, number), _sample(item, number + 1)})
        case inspect.VarTupleType(item):
            return (_sample(item, number), _sample(item, number + 1))
        case inspect.TupleType(items):
            return tuple(_sample(item, number) for item in items)
        case inspect.DictType(key, value):
            return {_sample(key, number + n): _sample(value, number + n) for n in range(2)}
        case inspect.UnionType(types):
            return _sample(next(one for one in types if one != inspect.NoneType()), number)
        case inspect.StructType(cls, fields):
            values = {one.name: _sample(one.type, number + n) for n, one in enumerate(fields)}
            return cls(**values)
        case _:
            raise NotImplementedError(f"No sample of {info}")
