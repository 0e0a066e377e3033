"""The command line."""

import sys


def main() -> None:
    """Run the command that was typed."""
    try:
        from openrooms.cli.commands import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "openrooms":
            raise
        sys.exit(f'openrooms: {error.name} is not installed; the commands need: pip install "openrooms[cli]"')
    sys.exit(run())
