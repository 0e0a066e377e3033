"""The folder of `--branding`."""

from pathlib import Path

from openrooms._startup import BadSetting
from openrooms.server.web.branding import FILE, LARGEST_IMAGE, BadBranding, Branding, brand, read_description


def read_branding(folder: Path) -> Branding:
    """Return the branding in the folder; raise `BadSetting` for a file that is missing or wrong."""
    description_file = folder / FILE
    try:
        description = read_description(_read(description_file))
        images = {key: _read(folder / name) for key, name in description.images.items()}
        return brand(description, images)
    except BadBranding as error:
        raise BadSetting(f"--branding: {description_file}: {error}") from error


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            # One byte more shows that it is too large.
            return opened.read(LARGEST_IMAGE + 1)
    except OSError as error:
        raise BadSetting(f"--branding: {file} cannot be read: {error.strerror}") from error
