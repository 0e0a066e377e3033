"""The command that compares a service with the wire contract."""

import json
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

import click

from openrooms._version import __version__
from openrooms.cli.conformance.checks import CHECKS, Check, Probe, Unusable
from openrooms.cli.conformance.exchange import IDENTITY, ROOMS, Exchange
from openrooms.cli.connection import Connection, connected
from openrooms.cli.options import output_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, render

SAME, DIFFERENT, ANSWERED, FAILED = "same", "different", "answered", "failed"


class Result(NamedTuple):
    """The outcome of a check, with what the service did."""

    check: Check
    outcome: str
    observed: str

    @property
    def row(self) -> Row:
        """The line of the table."""
        detail = "" if self.outcome == SAME else self.observed
        return {
            "part": self.check.part,
            "rule": self.check.rule,
            "evidence": self.check.mark,
            "outcome": self.outcome,
            "answer": detail,
        }


@click.command()
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write everything into this file, as JSON."
)
@output_option
@connected
def conformance(connection: Connection, report: Path | None, output: Output) -> None:
    """Compare a service with what is known of Azure Communication Services' Rooms and Identity.

    It sends about 120 small requests, one after another, to Azure, openrooms or another server. It makes rooms and
    users, and removes them.

    "same": the service answers as Azure is known to, or as openrooms does where nobody knows. "different": it does not.
    "answered": nobody has seen Azure's answer, and this service differs from openrooms. If it is Azure, please
    share the report. The exit code is 1 if a rule is different or has failed.

    \b
    openrooms conformance --report report.json
    """
    exchange = Exchange(connection.string, connection.ca)
    try:
        results = examine(exchange)
    except (OSError, HTTPException, Unusable) as error:
        raise click.ClickException(f"{connection.endpoint} cannot be examined: {error}") from error
    finally:
        exchange.close()
    render([result.row for result in results], output)
    counts = {
        outcome: sum(result.outcome == outcome for result in results) for outcome in (SAME, DIFFERENT, ANSWERED, FAILED)
    }
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    settled = [result for result in results if result.check.is_open]
    alike = sum(result.outcome == SAME for result in settled)
    click.echo(f"{len(results)} rules, {exchange.sent} requests: {summary}", err=not output.is_table)
    click.echo(
        f"nobody knew Azure's answer to {len(settled)} of them; {alike} are answered as by openrooms",
        err=not output.is_table,
    )
    if report is not None:
        report.write_text(_document(connection.is_azure, results), encoding="utf-8")
    if counts[DIFFERENT] or counts[FAILED]:
        click.get_current_context().exit(1)


def examine(exchange: Exchange) -> list[Result]:
    """Make every check; raise `Unusable`, or `OSError` or `HTTPException` if the service cannot be reached."""
    with Probe(exchange) as probe:
        return [_result(check, probe) for check in CHECKS]


def _result(check: Check, probe: Probe) -> Result:
    try:
        observed = check.observe(probe)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return Result(check, FAILED, probe.redacted(f"the answer has another form: {error!r}"))
    if observed == check.expected:
        return Result(check, SAME, probe.redacted(repr(observed)))
    outcome = ANSWERED if check.is_open else DIFFERENT
    return Result(check, outcome, probe.redacted(f"{observed!r}, not {check.expected!r}"))


def _document(is_azure: bool, results: list[Result]) -> str:
    """Return the report, which names neither a key nor an id of the service."""
    document = {
        "openrooms": __version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "isAzure": is_azure,
        "versions": {"rooms": ROOMS, "identity": IDENTITY},
        "rules": [
            {
                "part": result.check.part,
                "rule": result.check.rule,
                "evidence": result.check.mark,
                "outcome": result.outcome,
                "answer": result.observed,
            }
            for result in results
        ],
    }
    return json.dumps(document, indent=2) + "\n"


COMMANDS = (conformance,)
