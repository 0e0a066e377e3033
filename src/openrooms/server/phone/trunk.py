"""The trunk: the SIP server through which the line calls telephones."""

import ipaddress
import re
from enum import StrEnum

import msgspec

_ADDRESS = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[1-9]\d{0,4}))?", re.ASCII
)
# These characters end a user name or a quoted password in the SIP stack's own notation.
_USER = re.compile(r"[^\s@:;<>\"?\\]{1,128}")
_PASSWORD = re.compile(r"[^\x00-\x1f\x7f\"\\]{1,256}")
_CALLER = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_PORTS_OF_A_LEG = 2
_LAST_PORT = 65535


class Transport(StrEnum):
    """How SIP travels to the trunk."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class MediaEncryption(StrEnum):
    """How the audio to and from the trunk is encrypted."""

    OFF = "off"
    SDES = "sdes"


class BadTrunk(ValueError):
    """A trunk cannot be like this; `str()` says why and the way out."""


class Ports(msgspec.Struct, frozen=True):
    """A range of UDP ports for audio, with both ends."""

    first: int = 20000
    last: int = 20100

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """Where the trunk is, how to speak to it, and as whom.

    `host` may be an IPv6 address in brackets. `caller` is the number that the called phone shows. `ca` is a file of
    PEM certificates; without it, TLS trusts the authorities that come with certifi.
    """

    host: str
    port: int | None = None
    transport: Transport = Transport.UDP
    user: str | None = None
    password: str | None = None
    caller: str | None = None
    media_encryption: MediaEncryption = MediaEncryption.OFF
    ca: str | None = None
    rtp_ports: Ports = Ports()

    def __post_init__(self) -> None:
        """Raise `BadTrunk` if the SIP stack would misread a value."""
        if self.user is not None and not _USER.fullmatch(self.user):
            raise BadTrunk('--sip-user has a space or one of @ : ; < > " ? \\ in it, which SIP does not take')
        if self.password is not None and not _PASSWORD.fullmatch(self.password):
            raise BadTrunk('--sip-password has a " or \\ or a control character in it: ask the trunk for another one')
        if self.password is not None and self.user is None:
            raise BadTrunk("a password belongs to a user: give --sip-user as well")
        if self.caller is not None and not _CALLER.fullmatch(self.caller):
            raise BadTrunk(f"--sip-from {self.caller} is not a number such as +15550100")
        if self.ca is not None and self.transport is not Transport.TLS:
            raise BadTrunk("--sip-ca is for TLS: give --sip-transport tls as well")

    def __repr__(self) -> str:
        return f"Trunk(host={self.host!r}, port={self.port!r}, transport={self.transport.value!r})"

    @property
    def address(self) -> str:
        """`HOST` or `HOST:PORT`."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the trunk is on this machine."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_address(text: str) -> tuple[str, int | None]:
    """Return the host and the port of `HOST` or `HOST:PORT`; raise `BadTrunk`."""
    match = _ADDRESS.fullmatch(text.strip().lower())
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port or 1) > _LAST_PORT:
        raise BadTrunk(f"{text!r} is not a trunk's address: give HOST or HOST:PORT, such as sip.example.com:5061")
    return match["host"], port


def parse_ports(text: str) -> Ports:
    """Return the range of `FIRST-LAST`; raise `BadTrunk`."""
    first, dash, last = text.strip().partition("-")
    if dash and first.isascii() and first.isdigit() and last.isascii() and last.isdigit():
        ports = Ports(int(first), int(last))
        if ports.first >= 1024 and ports.first + _PORTS_OF_A_LEG <= ports.last <= _LAST_PORT:
            return ports
    raise BadTrunk(f"{text!r} is not a range of ports: give FIRST-LAST from 1024 to 65535, such as 20000-20100")
