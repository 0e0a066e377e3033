"""The resource is the shard key: in every key, in every statement, and in the documentation's statements."""

import re
from pathlib import Path

import pytest

from openrooms.server.storage.copy import Table, tables
from openrooms.server.storage.statements import Statement, queries

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "sharding.md"
# Small, and copied to every server.
EVERYWHERE = {"resources", "operator_tokens", "sessions", "signing_keys", "leases", "migrations"}
SHARDED = [table for table in tables() if table.name not in EVERYWHERE]
_NAMES = "|".join(table.name for table in SHARDED)


@pytest.mark.parametrize("table", SHARDED, ids=lambda table: table.name)
def test_every_key_begins_with_the_resource(table: Table) -> None:
    assert table.key[0] == "resource"


@pytest.mark.parametrize(
    "statement",
    [one for one in queries if re.search(rf"\b(FROM|JOIN|INTO|UPDATE) ({_NAMES})\b", one.text)],
    ids=lambda statement: statement.name,
)
def test_every_statement_names_one_resource(statement: Statement) -> None:
    assert "resource" in statement.parameters
    touched = re.findall(rf"\b(?:FROM|JOIN|INTO|UPDATE) (?:{_NAMES})\b", statement.text)
    named = re.findall(r"resource = (?::resource|rooms\.resource)\b|(?:VALUES \(|SELECT ):resource,", statement.text)
    assert len(named) >= len(touched)


def test_the_documentation_places_every_table() -> None:
    text = PAGE.read_text()
    distributed = dict(re.findall(r"create_distributed_table\('(\w+)', '(\w+)'", text))
    assert distributed == dict.fromkeys((table.name for table in SHARDED), "resource")
    assert set(re.findall(r"create_reference_table\('(\w+)'\)", text)) == EVERYWHERE
