"""Stops a build without the pages, which `make web` puts into the package and git does not keep."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_STATIC = Path("src/openrooms/server/web/static")
_CALLING = "calling/openrooms-calling-*"
_PAGES = (
    "call.html",
    "console.html",
    "home.html",
    f"{_CALLING}.tgz",
    f"{_CALLING}.js",
    "calling/openrooms-testing-*.tgz",
)


class PagesHook(BuildHookInterface):
    """Looks for the pages before a source distribution or a wheel is made; an editable install serves what is there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise `FileNotFoundError` if a page is missing."""
        if version == "editable":
            return
        for page in _PAGES:
            if not any((Path(self.root) / _STATIC).glob(page)):
                raise FileNotFoundError(f"{_STATIC / page} is missing: build the pages first, with `make web`")
