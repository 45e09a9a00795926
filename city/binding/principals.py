"""The city's own parts, when they act on the broker."""

from kernel.permission import Principal, Scope

INTAKE = Principal("intake", frozenset({Scope.NGSI_READ, Scope.NGSI_WRITE, Scope.INGEST}))
"""Writes de-identified observations; the only one that may write guarded types."""

BOARDS = Principal("boards", frozenset({Scope.NGSI_READ, Scope.CITY_FLOW}))
"""Reads for the boards, which apply the rules of release themselves."""

LOOPBACK = Principal(
    "loopback",
    frozenset({Scope.NGSI_READ, Scope.NGSI_WRITE, Scope.CITY_FLOW, Scope.BOARDS}),
)
"""Whoever calls the demo from the same machine without a token."""

BARE = Principal("open", frozenset({Scope.NGSI_READ, Scope.NGSI_WRITE, Scope.CITY_FLOW}))
"""Whoever calls a broker that was started with `--open`."""
