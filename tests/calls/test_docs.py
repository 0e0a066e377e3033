"""The documentation of calls: the tutorial runs, and the tables of roles agree with the code."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from tests.calls.stage import KEY, Person, Refused, Stage

from openrooms.domain.calls import GRANTS, capabilities
from openrooms.domain.roles import ParticipantRole

DOCS = Path(__file__).parents[2] / "docs" / "calls"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_tutorial_runs(play: Stage, monkeypatch, capsys):
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", f"endpoint={play.url}/;accesskey={KEY.reveal()}")
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "tutorial.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}

    async def run(block: str) -> None:
        await asyncio.to_thread(exec, compile(block, "tutorial.md", "exec"), names)

    people, room, links, participants, change, why, end = blocks
    for block in (people, room, links):
        await run(block)
    token = names["patient_link"].partition("#")[2]
    patient = Person(await play.join(names["visit"].id, token, "Bo"))
    await patient.connect()
    capsys.readouterr()
    await run(participants)
    assert capsys.readouterr().out == "Attendee Bo\n"
    await run(change)
    await asyncio.wait_for(asyncio.shield(patient.left), 1)
    with pytest.raises(Refused):
        await play.join(names["visit"].id, token)
    await run(why)
    assert "onRoster You are not on the roster of this room." in capsys.readouterr().out
    await run(end)
    for client in ("identities", "rooms", "calls"):
        names[client].close()
    await patient.leave()


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this title."""
    text = (DOCS / "roles.md").read_text()
    table = text[text.index(f"| {title} |") :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_table_of_roles():
    assert {role for role, *_ in rows("role")} == set(ParticipantRole)
    for role, talk, screen, moderate in rows("role"):
        able = capabilities(ParticipantRole(role), dial_out=False)
        assert [talk, talk, screen, moderate, moderate, moderate] == [
            "yes" if able[name] else "no"
            for name in (
                "turnVideoOn",
                "unmuteMic",
                "shareScreen",
                "muteOthers",
                "removeParticipant",
                "hangUpForEveryOne",
            )
        ]


def test_the_table_of_capabilities():
    for name, *by_role in rows("capability"):
        for role, cell in zip(("Presenter", "Collaborator", "Attendee", "Consumer"), by_role, strict=True):
            able = capabilities(ParticipantRole(role), dial_out=True)[name.strip("`")]
            assert cell.startswith("yes" if able else "no")


def test_the_table_of_grants():
    table = {name.strip("`"): cells for name, *cells in rows("grant")}
    for column, role in enumerate((ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER)):
        grants = GRANTS[role]
        assert table["canPublish"][column] == str(bool(grants.sources)).lower()
        assert table["canPublishSources"][column] == (", ".join(sorted(grants.sources)) or "none")
        assert table["canPublishData"][column] == str(grants.data).lower()
        assert table["canSubscribe"][column] == str(grants.subscribe).lower()
    assert GRANTS[ParticipantRole.PRESENTER] == GRANTS[ParticipantRole.COLLABORATOR]
