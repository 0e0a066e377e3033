"""The statements of `queries.sql`: each is used, and each key consists of the statement's own parameters."""

import re
from pathlib import Path

import pytest

from openrooms.server import storage
from openrooms.server.storage.statements import Queries, queries

_SOURCES = "\n".join(path.read_text() for path in Path(storage.__path__[0]).glob("*.py"))


def test_the_code_uses_every_statement_and_no_other() -> None:
    assert set(re.findall(r"\bqueries\.(\w+)\b", _SOURCES)) - {"sql"} == {statement.name for statement in queries}


@pytest.mark.parametrize("statement", list(queries), ids=lambda statement: statement.name)
def test_a_key_consists_of_parameters(statement) -> None:
    assert set(statement.key) <= set(statement.parameters)


def test_a_statement_has_a_text_a_key_and_numbered_parameters() -> None:
    found = Queries(
        "-- A file.\n\n-- name: first\n-- key: a, b\nUPDATE t SET c = :c\nWHERE a = :a AND b = :b AND d <> :c\n\n"
        "-- Of the second.\n-- name: second\nSELECT 1\n"
    )
    assert [statement.name for statement in found] == ["first", "second"]
    assert (found.first.key, found.second.key) == (("a", "b"), ())
    assert found.first.numbered("$") == "UPDATE t SET c = $1\nWHERE a = $2 AND b = $3 AND d <> $1"
    assert (found.second.text, found.second.is_read, found.first.returns_rows) == ("SELECT 1", True, False)


def test_an_unknown_statement_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no statement get_nothing"):
        _ = queries.get_nothing
