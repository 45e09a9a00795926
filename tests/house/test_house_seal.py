"""Trust is a type: nothing but `ingest/seal.py` builds `Deidentified` or names its sentinel."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    *("kernel", "serving", "broker", "storage", "ingest", "oauth", "sensors", "dashboard"),
    *("catalog", "city"),
)
SEAL = ROOT / "ingest" / "seal.py"
SENTINEL = "_SENTINEL"
SEALERS = {"ingest/seal.py", "ingest/pipeline.py", "ingest/windows.py"}
"""The pipeline and the windows end with the seal. Spools reopen what was sealed before."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path != SEAL:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(names=aliases):
                yield from (alias.name for alias in aliases)


def test_the_sentinel_stands_where_this_test_looks_for_it() -> None:
    assert SENTINEL in set(names_in(ast.parse(SEAL.read_text())))


def test_nothing_but_the_seal_names_the_sentinel() -> None:
    imports = {
        where
        for where, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "ingest.seal"
        and SENTINEL in {alias.name for alias in node.names}
    }
    reaches = {
        where
        for where, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == SENTINEL
    }
    assert imports | reaches == set()


def test_nothing_but_the_seal_builds_a_sealed_observation() -> None:
    builders = {
        where
        for where, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and "Deidentified" in set(names_in(node.func))
    }
    assert builders == set()


def test_only_the_ends_of_the_pipeline_seal() -> None:
    sealers = {
        where
        for where, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "ingest.seal"
        and "seal" in {alias.name for alias in node.names}
    }
    assert sealers <= SEALERS
