"""Which entities a subscription is about: ids, types, their patterns, and the service path."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from broker.model.entity import Entity
from broker.ql.names import as_written
from broker.ql.patterns import searcher
from broker.ql.predicate import compile_predicate
from broker.ql.type_selection import parse_type_selection
from broker.subscriptions.model import EntityMatcher, Face

EntityTest: TypeAlias = Callable[[Entity], bool]

_SELECTION_MARKS = frozenset("|,;()")
_MATCH_ALL = frozenset({"", ".*", "^.*", ".*$", "^.*$"})


def is_match_all(pattern: str) -> bool:
    """Whether the pattern is one of the usual spellings of "anything"."""
    return pattern in _MATCH_ALL


def is_type_selection(face: Face, matcher: EntityMatcher) -> bool:
    """Whether the type is an expression of §4.17 and not one name."""
    return face is Face.LD and not _SELECTION_MARKS.isdisjoint(matcher.type)


def compile_subjects(face: Face, matchers: Sequence[EntityMatcher]) -> EntityTest:
    """Whether any matcher names the entity.

    Raises:
        QuerySyntaxError: a pattern is not one that RE2 reads, or a type selection is malformed.
    """
    tests = [_compile_matcher(face, matcher) for matcher in matchers]
    if len(tests) == 1:
        return tests[0]
    return lambda entity: any(test(entity) for test in tests)


def _compile_matcher(face: Face, matcher: EntityMatcher) -> EntityTest:
    parts = [part for part in (_id_test(matcher), _type_test(face, matcher)) if part is not None]
    match parts:
        case []:
            return lambda _: True
        case [only]:
            return only
        case _:
            return lambda entity: all(part(entity) for part in parts)


def _id_test(matcher: EntityMatcher) -> EntityTest | None:
    if matcher.id:
        return lambda entity: entity.id == matcher.id
    if is_match_all(matcher.id_pattern):
        return None
    found = searcher(matcher.id_pattern)
    return lambda entity: found(entity.id)


def _type_test(face: Face, matcher: EntityMatcher) -> EntityTest | None:
    if is_type_selection(face, matcher):
        return compile_predicate(parse_type_selection(matcher.type, as_written))
    if matcher.type:
        return lambda entity: matcher.type in entity.types
    if is_match_all(matcher.type_pattern):
        return None
    found = searcher(matcher.type_pattern)
    return lambda entity: any(found(name) for name in entity.types)


def compile_service_path(path: str) -> EntityTest | None:
    """Whether the entity lives at the path or, with a final `#`, at it or below; None: anywhere.

    NGSI-v2 "Service path": `/a/#` covers `/a` and everything under it.
    """
    if path in ("", "/#", "#"):
        return None
    if not path.endswith("/#"):
        return lambda entity: entity.service_path == path
    top = path.removesuffix("/#")
    prefix = top + "/"
    return lambda entity: entity.service_path == top or entity.service_path.startswith(prefix)
