"""The name, logo, colours, help line and privacy link of an operator on the call page, and the check of all of them.

Nothing in a branding can run. Texts are shown as text, links have one of a few schemes, and colours are numbers from
which the service writes the style sheet itself. The page shows a logo only as an image; an SVG that is opened by its
own address is sandboxed.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

import msgspec

from openrooms.domain import names
from openrooms.domain.names import LONGEST_NAME
from openrooms.server.web.colours import AA_TEXT, BLACK, WHITE, Colour, contrast, nearest_readable
from openrooms.server.web.messages import Header

FILE = "branding.json"
LANGUAGES = ("en", "de", "fr", "es", "ar")
"""The languages of the call page."""

LONGEST_HELP_LINE = 200
LONGEST_URL = 2000
LARGEST_IMAGE = 256 * 1024
"""In bytes."""

# The backgrounds with the least contrast to the accent on the call page: that of the light page, and that of hovered
# items on dark pages.
LIGHT_GROUND = Colour.parse("#f3f6f4")
DARK_GROUND = Colour.parse("#263532")
_ON_DARK_ACCENT = Colour.parse("#0c1413")
_STRONGER = 0.22

_PREFIX = "/assets/branding"
_HELP_SCHEMES = ("https", "tel", "mailto")
_PRIVACY_SCHEMES = ("https",)
_FILE_NAME = re.compile(r"[\w-][\w.-]*", re.ASCII)
_SVG = "image/svg+xml"
_SVG_ROOT = "http://www.w3.org/2000/svg svg"
# For an SVG that is opened by its own address: nothing in it runs or loads.
_SANDBOX: Header = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")

Words = str | dict[str, str]
"""A text, or the text in each of several languages."""


class BadBranding(ValueError):
    """A key of the branding is wrong; `str()` is one line that names it and says what to do."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The accent of the page: in a light scheme, and in a dark one, which calls always have."""

    light: str
    dark: str


class Description(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The content of `branding.json`; images are names of files beside it."""

    name: str
    logo: str | None = None
    dark_logo: str | None = None
    icon: str | None = None
    colours: Colours | None = None
    help_line: Words | None = None
    help_url: str | None = None
    privacy_url: Words | None = None

    @property
    def images(self) -> dict[str, str]:
        """The names of the image files, by their keys."""
        named = {"logo": self.logo, "darkLogo": self.dark_logo, "icon": self.icon}
        return {key: name for key, name in named.items() if name is not None}


class Asset(msgspec.Struct, frozen=True):
    """A file of the branding, as it is served."""

    content: bytes
    headers: tuple[Header, ...]


class Branding(msgspec.Struct, frozen=True):
    """A checked branding: what is added to the head of the call page, and the files by their paths."""

    head: bytes
    assets: Mapping[str, Asset]


def read_description(content: bytes) -> Description:
    """Return the checked description; raise `BadBranding`."""
    try:
        description = msgspec.json.decode(content, type=Description)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBranding(FILE, f"{error}; its keys are {', '.join(Description.__struct_encode_fields__)}") from error
    _check_text("name", description.name, LONGEST_NAME)
    for key, name in description.images.items():
        if not _FILE_NAME.fullmatch(name):
            raise BadBranding(key, f"{name!r} is not the name of a file beside {FILE}, such as logo.svg")
    if description.dark_logo and not description.logo:
        raise BadBranding("darkLogo", "there is no logo: give both, or only logo")
    for key, text in _each("helpLine", description.help_line):
        _check_text(key, text, LONGEST_HELP_LINE)
    for key, url in _each("helpUrl", description.help_url):
        _check_url(key, url, _HELP_SCHEMES)
    if description.help_url and not description.help_line:
        raise BadBranding("helpUrl", "there is no helpLine: give the text of the link")
    for key, url in _each("privacyUrl", description.privacy_url):
        _check_url(key, url, _PRIVACY_SCHEMES)
    if description.colours:
        _check_accent("colours.light", description.colours.light, LIGHT_GROUND, "light pages")
        _check_accent("colours.dark", description.colours.dark, DARK_GROUND, "dark pages and in calls")
    return description


def brand(description: Description, images: Mapping[str, bytes]) -> Branding:
    """Return the branding with the content of each image by its key; raise `BadBranding`."""
    assets: dict[str, Asset] = {}
    urls = {key: _add(assets, _image_kind(key, content), content) for key, content in images.items()}
    facts = {
        "name": description.name,
        **urls,
        "helpLine": description.help_line,
        "helpUrl": description.help_url,
        "privacyUrl": description.privacy_url,
    }
    head = _meta({key: value for key, value in facts.items() if value is not None})
    if description.colours:
        style = _add(assets, "text/css", _style(description.colours))
        head += f'<link rel="stylesheet" href="{style}" />'
    return Branding(head.encode(), assets)


def _meta(facts: Mapping[str, Any]) -> str:
    return f'<meta name="openrooms-branding" content="{escape(msgspec.json.encode(facts).decode())}" />'


def _each(key: str, words: Words | None) -> Iterator[tuple[str, str]]:
    """Return each text with its key; raise `BadBranding` for a language that the page does not have."""
    if isinstance(words, str):
        yield key, words
        return
    if words == {}:
        raise BadBranding(key, "there is no text: give one, or one for each language")
    for language, text in (words or {}).items():
        if language not in LANGUAGES:
            raise BadBranding(f"{key}.{language}", f"not a language of the page: these are {', '.join(LANGUAGES)}")
        yield f"{key}.{language}", text


def _check_text(key: str, text: str, longest: int) -> None:
    if not text or len(text) > longest:
        raise BadBranding(key, f"has {len(text)} characters: give 1 to {longest}")
    if names.clean(text) != text:
        raise BadBranding(
            key, "has line breaks, double spaces, or characters that are invisible or change the direction: remove them"
        )


def _check_url(key: str, url: str, schemes: tuple[str, ...]) -> None:
    forms = ", ".join(f"{scheme}:" for scheme in schemes)
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    try:
        parts = urlsplit(url if is_plain else "")
    except ValueError:
        parts = urlsplit("")
    has_target = bool(parts.hostname if parts.scheme == "https" else parts.path)
    if parts.scheme not in schemes or not has_target:
        raise BadBranding(key, f"{url[:100]!r} is not an address that begins with {forms}")


def _check_accent(key: str, text: str, ground: Colour, where: str) -> None:
    try:
        colour = Colour.parse(text)
    except ValueError as error:
        raise BadBranding(key, f"{error}, such as #0f6b62") from error
    found = contrast(colour, ground)
    if found < AA_TEXT:
        raise BadBranding(
            key,
            f"{text} has a contrast of {found:.2f} to {ground}, on {where}, and WCAG AA takes {AA_TEXT}: "
            f"{nearest_readable(colour, ground)} is near it and has enough",
        )


def _image_kind(key: str, content: bytes) -> str:
    if len(content) > LARGEST_IMAGE:
        raise BadBranding(key, f"has {len(content)} bytes: give at most {LARGEST_IMAGE}")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if _is_svg(content):
        return _SVG
    raise BadBranding(key, "is not a well-formed SVG, a PNG or a WebP")


def _is_svg(content: bytes) -> bool:
    elements: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: elements.append(name)
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return False
    return elements[:1] == [_SVG_ROOT]


def _add(assets: dict[str, Asset], kind: str, content: bytes) -> str:
    """Add a file, and return its path, which contains a hash of the content."""
    path = f"{_PREFIX}-{sha256(content).hexdigest()[:16]}.{kind.partition('/')[2].partition('+')[0]}"
    sandbox = (_SANDBOX,) if kind == _SVG else ()
    assets[path] = Asset(content, ((b"content-type", kind.encode()), *sandbox))
    return path


def _style(colours: Colours) -> bytes:
    light, dark = Colour.parse(colours.light), Colour.parse(colours.dark)
    in_light = _variables(light, light.mixed(BLACK, _STRONGER), WHITE)
    in_dark = _variables(dark, dark.mixed(WHITE, _STRONGER), _ON_DARK_ACCENT)
    return (
        f":root{{{in_light}--focus:{light};}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{in_dark}--focus:{dark};}}}}\n"
        f".stage{{{in_dark}}}\n"
    ).encode()


def _variables(accent: Colour, strong: Colour, on_accent: Colour) -> str:
    return f"--accent:{accent};--accent-strong:{strong};--on-accent:{on_accent};"
