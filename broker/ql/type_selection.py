"""The entity type selection language of NGSI-LD (ETSI GS CIM 009 §4.17)."""

from broker.ql.ast import And, Node, Or, TypeIn, any_of
from broker.ql.boolean import Scanner, parse_boolean
from broker.ql.names import Expand


def parse_type_selection(text: str, expand: Expand) -> Node:
    """The condition that `type` writes: `A,B` or `A|B` is either, `(A;B)` both.

    Args:
        text: the parameter.
        expand: the stored name of a type as the request writes it.

    Raises:
        QuerySyntaxError: with the column.
    """

    def leaf(scanner: Scanner) -> Node:
        start = scanner.at
        name = scanner.take_until("();,|").strip()
        if not name:
            raise scanner.fault("A type name is missing", at=start)
        return TypeIn(frozenset({expand(name)}))

    return _gathered(parse_boolean(text, leaf, or_marks="|,"))


def _gathered(node: Node) -> Node:
    """One list instead of a disjunction of single names: engines look lists up by index."""
    match node:
        case And(nodes):
            return And(tuple(_gathered(inner) for inner in nodes))
        case Or(nodes):
            inner = [_gathered(one) for one in nodes]
            lists = [one.types for one in inner if isinstance(one, TypeIn)]
            others = [one for one in inner if not isinstance(one, TypeIn)]
            return any_of(*([TypeIn(frozenset().union(*lists))] if lists else []), *others)
        case _:
            return node
