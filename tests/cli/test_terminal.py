"""Commands at a terminal of 80 and of 120 columns, with and without colours, and through pipes."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.support.service import OPENROOMS, Process, environment, running
from tests.support.terminal import at_terminal

from openrooms.testing import DevService
from openrooms.visits import Guest, PlannedVisit, VisitsClient

TITLE = "Knie \u2013 sechs Wochen nach der Operation, mit Ultraschall und Gespräch"
ESCAPE = "\x1b["
PLAIN = [{"NO_COLOR": "1"}, {"TERM": "dumb"}]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    ports = ("--https-port", 0, "--http-port", 0, "--livekit", "simulated")
    with running("dev", *ports, folder=tmp_path_factory.mktemp("clinic")) as process:
        yield process


@pytest.fixture(scope="module")
def string(clinic: Process) -> str:
    return f"endpoint={clinic.http};{clinic.connectionString.partition(';')[2]}"


@pytest.fixture(scope="module")
def visit(string: str) -> PlannedVisit:
    with VisitsClient.from_connection_string(string) as client:
        return client.create_visit([Guest("Dr Ada", "Presenter"), Guest("פט לוי"), Guest("李小龍")], title=TITLE)


@pytest.fixture
def variables(string: str, tmp_path: Path) -> Mapping[str, str]:
    kept = environment(OPENROOMS_CONNECTION_STRING=string, TERM="xterm-256color", XDG_CONFIG_HOME=str(tmp_path))
    return {name: value for name, value in kept.items() if name not in ("COLUMNS", "NO_COLOR")}


def at(variables: Mapping[str, str], folder: Path, columns: int, command: str) -> str:
    with at_terminal([*OPENROOMS, *shlex.split(command)], variables, folder, columns) as terminal:
        code, text = terminal.read_all()
    assert code == 0, text
    return text


def widest(text: str) -> int:
    return max(cell_len(re.sub(r"\x1b\[[0-9;]*m|[\u2068\u2069]", "", line)) for line in text.splitlines())


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(("command", "expected"), [("rooms list", "{id}"), ("events list", "room.created")])
def test_lists_fit_the_terminal(
    variables: Mapping[str, str], visit: PlannedVisit, tmp_path: Path, command: str, expected: str, columns: int
) -> None:
    text = at(variables, tmp_path, columns, command)
    assert widest(text) <= columns
    assert expected.format(id=visit.id) in text
    assert ESCAPE in text


@pytest.mark.parametrize("columns", [80, 120])
def test_raw_ids_are_never_cut(variables: Mapping[str, str], visit: PlannedVisit, tmp_path: Path, columns: int) -> None:
    text = at(variables, tmp_path, columns, f"participants list {visit.id}")
    for person in visit.participants:
        assert person.communication_identifier.raw_id in text
        assert person.display_name in text


@pytest.mark.parametrize("plain", PLAIN, ids=["NO_COLOR", "dumb"])
def test_no_escapes_without_colours(
    variables: Mapping[str, str], visit: PlannedVisit, tmp_path: Path, plain: dict[str, str]
) -> None:
    for command in ("rooms list", f"participants list {visit.id}", "--help", "calls list"):
        assert ESCAPE not in at({**variables, **plain}, tmp_path, 80, command)


def test_confirmation(variables: Mapping[str, str], visit: PlannedVisit, tmp_path: Path) -> None:
    room = json.loads(piped(variables, "rooms create --json"))["id"]
    for answer, result in (("n", "nothing was done"), ("y", f"Deleted {room}.")):
        with at_terminal([*OPENROOMS, "rooms", "delete", room], variables, tmp_path, 80) as terminal:
            terminal.read_until("[y/N]")
            terminal.type(f"{answer}\n")
            assert result in terminal.read_until(result)


def test_watching_a_call_until_ctrl_c(
    variables: Mapping[str, str], visit: PlannedVisit, string: str, tmp_path: Path
) -> None:
    doctor = visit.participants[0].communication_identifier
    with (
        DevService.from_connection_string(string) as dev,
        at_terminal([*OPENROOMS, "calls", "watch", visit.id], variables, tmp_path, 80) as terminal,
    ):
        dev.add_person(visit.id, participant=doctor)
        terminal.read_until("inCall    Dr Ada (Presenter)")
        dev.leave(visit.id, doctor)
        terminal.read_until("left      Dr Ada (Presenter)")
        terminal.type("\x03")
        code, text = terminal.read_all()
    assert code == 130
    assert "Traceback" not in text


def piped(variables: Mapping[str, str], command: str, tail: str = "") -> str:
    """Return what reaches the end of a pipe; nothing may be printed to stderr."""
    line = f"{shlex.join(OPENROOMS)} {command} {tail}"
    done = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {line}"], env=variables, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == "", done.stderr
    return done.stdout


def test_pipes_are_neither_cut_nor_coloured(variables: Mapping[str, str], visit: PlannedVisit) -> None:
    text = piped(variables, f"participants list {visit.id}", "| cat")
    assert len(text.splitlines()) == 4
    assert ESCAPE not in text
    assert widest(text) > 80


@pytest.mark.parametrize("form", ["table", "json", "tsv"])
def test_reader_that_has_enough_is_no_error(variables: Mapping[str, str], visit: PlannedVisit, form: str) -> None:
    assert len(piped(variables, f"rooms list -o {form}", "| head -1").splitlines()) == 1


def test_ids_alone_feed_another_command(variables: Mapping[str, str]) -> None:
    made = [json.loads(piped(variables, "rooms create --json"))["id"] for _ in range(2)]
    ids = piped(variables, "rooms list -q").split()
    assert set(made) <= set(ids)
    tail = f"| grep -E '{'|'.join(made)}' | xargs {shlex.join(OPENROOMS)} rooms delete --yes -q"
    assert piped(variables, "rooms list -q", tail) == ""
    assert not set(made) & set(piped(variables, "rooms list -q").split())


def test_planned_visit_shows_the_day_and_the_zone(variables: Mapping[str, str], tmp_path: Path) -> None:
    command = "visit create --title Knie --presenter 'Dr Ada' --from 'tomorrow 9:00' --for 45m --zone Europe/Berlin"
    text = at(variables, tmp_path, 80, f"{command} --ics {tmp_path}/ics")
    assert re.search(r"from +[A-Z][a-z]+day \d{4}-\d\d-\d\d 09:00 \(Europe/Berlin, UTC\+0[12]:00\)", text)
    [file] = (tmp_path / "ics").iterdir()
    assert file.name.endswith("-dr-ada.ics")
    assert file.stat().st_mode & 0o777 == 0o600
    [link] = re.findall(r"https?://\S+/j#\S+", text)
    assert link.partition("#")[2] in file.read_text().replace("\r\n ", "")
