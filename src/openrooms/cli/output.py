"""The forms of output, apart from `render`, whose library the service does not need."""

from enum import StrEnum
from typing import NamedTuple


class Format(StrEnum):
    """A form of output."""

    TABLE = "table"
    JSON = "json"
    TSV = "tsv"


class Output(NamedTuple):
    """How a command prints its result; `is_quiet` means the IDs alone."""

    form: Format = Format.TABLE
    is_quiet: bool = False

    @property
    def is_table(self) -> bool:
        """Whether people read the output."""
        return self.form is Format.TABLE and not self.is_quiet
