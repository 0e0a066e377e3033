"""Names in the source say what they hold, and those of tests fit into a report."""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "tools", "bench", "examples")
FILES = sorted(chain.from_iterable((ROOT / folder).rglob("*.py") for folder in FOLDERS))
VAGUE = {"asked", "chosen", "given", "known", "one", "shown", "told", "what", "who", "whom", "whose"}
SHORT_LINES = 5
LONGEST_TEST = 60
LONGEST_FUNCTION = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def vague_names(function: Function) -> Iterator[str]:
    """Yield the vague names of arguments and variables; those of lambdas and comprehensions may be vague."""
    nodes = list(ast.walk(function))
    in_one_line = {
        name
        for node in nodes
        if isinstance(node, ast.comprehension | ast.Lambda)
        for name in ast.walk(node.target if isinstance(node, ast.comprehension) else node.args)
    }
    for node in nodes:
        if node in in_one_line:
            continue
        if isinstance(node, ast.arg):
            yield from {node.arg} & VAGUE
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield from {node.id} & VAGUE


def faults(source: str) -> Iterator[str]:
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, Function):
            continue
        place = f"line {function.lineno}, {function.name}"
        if lines(function) > SHORT_LINES:
            yield from (f"{place}: {name} says nothing" for name in vague_names(function))
        if lines(function) > LONGEST_FUNCTION:
            yield f"{place}: {lines(function)} lines"
        if function.name.startswith("test_") and len(function.name) > LONGEST_TEST:
            yield f"{place}: {len(function.name)} characters"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_names(path: Path) -> None:
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        pytest.param("def f(known):\n" + "    pass\n" * 5, 1, id="an argument"),
        pytest.param("def f():\n    given = 1\n" + "    pass\n" * 5, 1, id="a variable"),
        pytest.param("def f(known):\n    pass\n", 0, id="a short function"),
        pytest.param("def f():\n    g(one for one in x)\n" + "    pass\n" * 5, 0, id="a comprehension"),
        pytest.param("def f():\n" + "    pass\n" * 60, 1, id="a long function"),
        pytest.param(f"def test_{'x' * 56}():\n    pass\n", 1, id="a long name of a test"),
    ],
)
def test_faults(source: str, count: int) -> None:
    assert len(list(faults(source))) == count
