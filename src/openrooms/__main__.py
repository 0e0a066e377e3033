"""`python -m openrooms` is the command line."""

from openrooms.cli import main

main()
