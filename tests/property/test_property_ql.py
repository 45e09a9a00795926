"""Any text is read or refused; whatever is written is read back as the same tree."""

import contextlib
from typing import Any

import hypothesis.strategies as st
from hypothesis import assume, given

from broker.ql.ast import (
    Between,
    Compare,
    Exists,
    Facet,
    Field,
    Literal,
    Matches,
    Node,
    Not,
    OneOf,
    Op,
    Path,
    all_of,
    any_of,
)
from broker.ql.ld_geo import parse_ld_geo
from broker.ql.ld_query import parse_ld_q
from broker.ql.literals import instant_of, unquoted
from broker.ql.names import as_written
from broker.ql.predicate import compile_predicate
from broker.ql.render import UnrenderableError, render_ld_q, render_v2
from broker.ql.scope import parse_scope_q
from broker.ql.selectors import id_pattern, service_paths, update_path
from broker.ql.type_selection import parse_type_selection
from broker.ql.v2_geo import parse_geo
from broker.ql.v2_query import parse_mq, parse_q
from kernel.errors import BadRequestError, NotImplementedHereError, UnprocessableError

# Texts near the grammars find more than noise does.
symbols = st.sampled_from(
    ["==", "!=", "<=", ">=", "~=", "!~=", "<", ">", ":", ";", "|", ",", "..", ".", "'", '"', "(",
     ")", "[", "]", "!", "\\", "#", "/", "+", "a", "b.c", "10", "-1.5e3", "true", "null", "urn:x:1",
     "2026-02-11T12:00:00Z", " ", "near", "maxDistance", "observedAt", "大通", "\ud800", "\x00"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=40), st.lists(symbols, max_size=14).map("".join))


@given(texts)
def test_any_text_becomes_a_tree_that_compiles_or_is_refused(text: str) -> None:
    readers = (
        parse_q,
        parse_mq,
        lambda it: parse_ld_q(it, as_written),
        lambda it: parse_type_selection(it, as_written),
        parse_scope_q,
        service_paths,
        id_pattern,
    )
    for read in readers:
        try:
            node = read(text)
        except (BadRequestError, NotImplementedHereError):
            continue
        compile_predicate(node)


@given(texts, texts, texts)
def test_any_geographical_query_is_read_or_refused(one: str, two: str, three: str) -> None:
    for read in (parse_geo, lambda *parts: parse_ld_geo(*parts, "")):
        for georel, geometry in ((one, two), ("equals", "point"), ("equals", "Point")):
            try:
                compile_predicate(read(georel, geometry, three))
            except (BadRequestError, UnprocessableError):
                continue


@given(texts)
def test_any_service_path_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadRequestError):
        assert update_path(text).startswith("/")


# Trees -------------------------------------------------------------------------------------------

names = st.text(min_size=1, max_size=6)
words = st.text("abcXYZ09_é", min_size=1, max_size=6).filter(lambda word: not word[0].isdigit())
numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
dates = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
patterns = st.one_of(
    words, st.sampled_from(["^a.*$", "[0-9]+;x", "a|b", '"', "(a)(b)", r"\d\.", "'"])
)
orders = st.sampled_from([Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL])


def conditions(paths: st.SearchStrategy[Path], **kinds: Any) -> st.SearchStrategy[Node]:
    ordered, every = kinds["ordered"], kinds["every"]
    number_literals = numbers.map(Literal)

    def outside(path: Path, one: Literal, other: Literal) -> Node:
        return all_of(Exists(path), Not(Between(path, one, other)))

    return st.one_of(
        st.builds(Exists, paths),
        st.builds(lambda path: Not(Exists(path)), paths),
        st.builds(Compare, paths, st.sampled_from([Op.EQUAL, Op.UNEQUAL]), every),
        st.builds(Compare, paths, orders, ordered),
        st.builds(OneOf, paths, st.lists(every, min_size=2, max_size=4).map(tuple)),
        st.builds(Between, paths, number_literals, number_literals),
        st.builds(outside, paths, number_literals, number_literals),
        st.builds(Matches, paths, patterns),
    )


v2_texts = st.one_of(st.text(max_size=8), dates).map(Literal) | dates.map(unquoted)
v2_ordered = st.one_of(numbers.map(Literal), v2_texts)
v2_every = st.one_of(v2_ordered, st.sampled_from([Literal(True), Literal(False), Literal(None)]))
v2_paths = st.one_of(
    st.builds(
        Path,
        names.filter(lambda name: name not in set(Field)),
        keys=st.lists(names, max_size=2).map(tuple),
    ),
    st.sampled_from(Field).map(Path),
)
v2_metadata_paths = st.builds(
    lambda attribute, metadata, keys: Path(attribute, (metadata,), keys),
    names,
    st.one_of(
        names.filter(lambda name: name not in set(Facet)),
        st.sampled_from([Facet.CREATED_AT, Facet.UNIT_CODE]),
    ),
    st.lists(names, max_size=2).map(tuple),
)


@given(
    st.lists(conditions(v2_paths, ordered=v2_ordered, every=v2_every), min_size=1, max_size=4),
)
def test_q_reads_what_was_written(nodes: list[Node]) -> None:
    tree = all_of(*nodes)
    try:
        text, rest = render_v2(tree)
    except UnrenderableError:
        assume(False)
    assert rest == ""
    assert parse_q(text) == tree


@given(
    st.lists(
        conditions(v2_metadata_paths, ordered=v2_ordered, every=v2_every), min_size=1, max_size=3
    )
)
def test_mq_reads_what_was_written(nodes: list[Node]) -> None:
    tree = all_of(*nodes)
    try:
        rest, text = render_v2(tree)
    except UnrenderableError:
        assume(False)
    assert rest == ""
    assert parse_mq(text) == tree


ld_texts = st.one_of(st.text(max_size=8), dates).map(lambda text: Literal(text, instant_of(text)))
ld_ordered = st.one_of(numbers.map(Literal), ld_texts)
ld_every = st.one_of(ld_ordered, st.sampled_from([Literal(True), Literal(False)]))
ld_names = words.filter(lambda word: word not in {"createdAt", "modifiedAt", "expiresAt"})
ld_paths = st.one_of(
    st.builds(
        Path,
        ld_names,
        st.lists(ld_names, max_size=2).map(tuple),
        st.lists(words, max_size=2).map(tuple),
    ),
    st.builds(lambda name, facet: Path(name, (facet,)), ld_names, st.sampled_from(Facet)),
    st.sampled_from([field for field in Field if field is not Field.SERVICE_PATH]).map(Path),
)
ld_trees = st.recursive(
    conditions(ld_paths, ordered=ld_ordered, every=ld_every),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: all_of(*nodes)),
        st.lists(inner, min_size=2, max_size=3).map(lambda nodes: any_of(*nodes)),
    ),
    max_leaves=8,
)


@given(ld_trees)
def test_ld_q_reads_what_was_written(tree: Node) -> None:
    assert parse_ld_q(render_ld_q(tree, as_written), as_written) == tree
