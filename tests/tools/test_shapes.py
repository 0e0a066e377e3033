"""The pages' TypeScript shapes are those of the service's OpenAPI description."""

from tools.shapes import SHAPES, shapes


def test_shapes_are_fresh():
    assert SHAPES.read_text(encoding="utf-8") == shapes(), "run `make docs`"
