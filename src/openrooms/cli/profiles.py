"""Profiles: named services with their keys, in a file that only its owner can read."""

from pathlib import Path

import click
import msgspec
import platformdirs

from openrooms._files import write_whole

_OTHERS = 0o077
_PRIVATE_FOLDER = 0o700


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A service: its connection string, and the file of the CA that signed its certificate."""

    connection_string: str
    ca: str | None = None

    def __repr__(self) -> str:
        return "Profile(...)"


class Profiles(msgspec.Struct, frozen=True):
    """All profiles by their names, and the one that is in use."""

    profiles: dict[str, Profile] = {}
    in_use: str | None = None


def path() -> Path:
    """Return the file of the profiles."""
    return platformdirs.user_config_path("openrooms") / "profiles.json"


def read() -> Profiles:
    """Return all profiles; raise `click.ClickException` if the file cannot be used or others may read it."""
    file = path()
    try:
        if file.stat().st_mode & _OTHERS:
            raise click.ClickException(f"{file} has keys, and others may read it: run chmod 600 {file}")
        return msgspec.json.decode(file.read_bytes(), type=Profiles)
    except FileNotFoundError:
        return Profiles()
    except (OSError, msgspec.MsgspecError) as error:
        raise click.ClickException(f"{file} cannot be read: {error}") from error


def write(profiles: Profiles) -> None:
    """Keep the profiles, with mode 600."""
    file = path()
    try:
        file.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_whole(file, msgspec.json.format(msgspec.json.encode(profiles)))
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error}") from error


def get(name: str) -> Profile:
    """Return a profile; raise `click.ClickException`."""
    profiles = read().profiles
    if name not in profiles:
        names = ", ".join(profiles) or "none"
        raise click.ClickException(f"there is no profile {name!r}; there are: {names}. Add it: openrooms config add")
    return profiles[name]


def in_use() -> str | None:
    """Return the name of the profile in use, if there is one."""
    return read().in_use
