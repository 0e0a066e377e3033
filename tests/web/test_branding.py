"""The branding of the call page: what a folder may hold, what is said about a wrong one, and how it is served."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.service import openrooms

from openrooms._startup import BadSetting
from openrooms.server.process.branding import read_branding
from openrooms.server.web import branding
from openrooms.server.web.branding import BadBranding, read_description
from openrooms.server.web.colours import AA_TEXT, WHITE, Colour, contrast, nearest_readable

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "branding"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"/>'
PNG = b"\x89PNG\r\n\x1a\n"

colours = st.builds(Colour, *[st.integers(0, 255)] * 3)


def facts(head: bytes) -> dict[str, object]:
    """Return what the page reads in its head."""
    found = re.search('<meta name="openrooms-branding" content="([^"]*)" />', head.decode())
    assert found
    read: dict[str, object] = json.loads(unescape(found[1]))
    return read


def folder_of(folder: Path, description: object, **files: bytes) -> Path:
    (folder / "branding.json").write_text(json.dumps(description))
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


def test_example_is_a_branding() -> None:
    """Its keys are all that there are, and the page gets each of them."""
    example = json.loads((EXAMPLE / "branding.json").read_text())
    assert set(example) == set(branding.Description.__struct_encode_fields__)
    read = read_branding(EXAMPLE)
    on_page = facts(read.head)
    for key in ("name", "helpLine", "helpUrl", "privacyUrl"):
        assert on_page[key] == example[key]
    for key in ("logo", "darkLogo", "icon"):
        assert read.assets[str(on_page[key])].content == (EXAMPLE / example[key]).read_bytes()
    assert re.search(b'<link rel="stylesheet" href="/assets/branding-[0-9a-f]{16}.css" />', read.head)


def test_page_documents_every_key() -> None:
    page = (ROOT / "docs" / "calls" / "branding.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(branding.Description.__struct_encode_fields__)


def test_languages_are_those_of_the_page() -> None:
    catalogues = (ROOT / "web" / "src" / "languages" / "text.ts").read_text()
    table = catalogues[catalogues.index("const LANGUAGES") :].partition("};")[0]
    assert tuple(re.findall(r"^  (\w+):", table, re.MULTILINE)) == branding.LANGUAGES


def test_texts_stay_text(tmp_path: Path) -> None:
    hostile = '"/><script>alert(1)</script>'
    read = read_branding(folder_of(tmp_path, {"name": hostile}))
    assert b"<script" not in read.head
    assert facts(read.head) == {"name": hostile}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colors": {}}, "unknown field `colors`.*its keys are name, logo, darkLogo"),
        ({"name": 5}, r"Expected `str`, got `int` - at `\$.name`"),
        ({"name": ""}, "name: has 0 characters: give 1 to 64"),
        ({"name": "x" * 65}, "name: has 65 characters"),
        ({"name": "Clinic\u202e"}, "name: .* change the direction: remove them"),
        ({"helpLine": "one\ntwo"}, "helpLine: has line breaks"),
        ({"helpLine": {"nl": "Hulp"}}, "helpLine.nl: not a language of the page: these are en, de, fr, es, ar"),
        ({"helpLine": {}}, "helpLine: there is no text"),
        ({"helpLine": "Help", "helpUrl": "javascript:alert(1)"}, "helpUrl: .* begins with https:, tel:, mailto:"),
        ({"helpLine": "Help", "helpUrl": "https:///path"}, "helpUrl: 'https:///path' is not an address"),
        ({"helpLine": "Help", "helpUrl": "https://["}, r"helpUrl: 'https://\[' is not an address"),
        ({"helpUrl": "tel:+15550100"}, "helpUrl: there is no helpLine"),
        ({"privacyUrl": "http://clinic.example"}, "privacyUrl: .* is not an address that begins with https:"),
        ({"privacyUrl": {"de": "data:text/html,x"}}, "privacyUrl.de: 'data:text/html,x' is not"),
        ({"logo": "../logo.svg"}, "logo: '../logo.svg' is not the name of a file beside branding.json"),
        ({"logo": ".hidden"}, "logo: '.hidden' is not the name of a file"),
        ({"darkLogo": "logo.svg"}, "darkLogo: there is no logo"),
        ({"colours": {"light": "#1d4f9e"}}, "missing required field `dark`"),
        ({"colours": {"light": "red", "dark": "#8fb8ff"}}, "colours.light: red is not a colour of the form #rrggbb"),
        (
            {"colours": {"light": "#5aa9e6", "dark": "#8fb8ff"}},
            "colours.light: #5aa9e6 has a contrast of 2.34 to #f3f6f4, .* takes 4.5: #3e759f is near it",
        ),
        ({"colours": {"light": "#1d4f9e", "dark": "#1d4f9e"}}, "colours.dark: #1d4f9e has a contrast of .* in calls"),
    ],
)
def test_what_is_refused(change: dict[str, object], problem: str) -> None:
    with pytest.raises(BadBranding, match=problem):
        read_description(json.dumps({"name": "Clinic"} | change).encode())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(SVG[:-2], "logo: is not a well-formed SVG, a PNG or a WebP", id="unfinished SVG"),
        pytest.param(b"<html/>", "not a well-formed SVG", id="HTML"),
        pytest.param(b"GIF89a", "not a well-formed SVG", id="GIF"),
        pytest.param(PNG + bytes(256 * 1024), "logo: has 262152 bytes: give at most 262144", id="too large"),
    ],
)
def test_images_that_are_refused(content: bytes, problem: str) -> None:
    with pytest.raises(BadBranding, match=problem):
        branding.brand(branding.Description(name="Clinic", logo="logo"), {"logo": content})


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=f"--branding: {tmp_path}/branding.json cannot be read: No such file"):
        read_branding(tmp_path)
    folder_of(tmp_path, {"name": "Clinic", "logo": "logo.png"})
    with pytest.raises(BadSetting, match=f"--branding: {tmp_path}/logo.png cannot be read: No such file"):
        read_branding(tmp_path)


def test_service_does_not_start_with_a_wrong_branding(tmp_path: Path) -> None:
    folder_of(tmp_path, {"name": "Clinic", "slogan": "Well!"})
    places = ("--data", tmp_path / "data", "--https-port", 0, "--http-port", 0, "--livekit", "off")
    ended = openrooms("dev", *places, "--branding", tmp_path)
    assert ended.returncode == 2
    assert f"--branding: {tmp_path}/branding.json: " in ended.stderr
    assert "unknown field `slogan`" in ended.stderr
    assert "Traceback" not in ended.stderr


# The colours of the page's own style sheets on which the accent stands.
STYLE = (ROOT / "web" / "src" / "shared" / "base.css").read_text()


def variable(name: str, *, in_dark: bool = False) -> Colour:
    found = re.findall(rf"^ +{name}: (#\w{{6}});", STYLE, re.MULTILINE)
    return Colour.parse(found[1] if in_dark else found[0])


def test_grounds_are_those_of_the_page() -> None:
    """No other ground of the accent has less contrast with an accent that is allowed."""
    assert variable("--page") == branding.LIGHT_GROUND
    assert variable("--stage-button") == branding.DARK_GROUND
    in_dark = (
        variable("--page", in_dark=True),
        variable("--card", in_dark=True),
        variable("--stage"),
        variable("--tile"),
    )
    assert variable("--card").luminance > branding.LIGHT_GROUND.luminance
    assert all(ground.luminance < branding.DARK_GROUND.luminance for ground in in_dark)


@given(colours)
def test_every_light_accent_is_readable(colour: Colour) -> None:
    accent = nearest_readable(colour, branding.LIGHT_GROUND)
    assert contrast(accent, branding.LIGHT_GROUND) >= AA_TEXT
    assert contrast(accent, WHITE) >= AA_TEXT
    # Symbols on a light tint, which need 3.
    assert contrast(accent, variable("--card").mixed(accent, 0.14)) >= 3


@given(colours)
def test_every_dark_accent_is_readable(colour: Colour) -> None:
    assume(contrast(colour, branding.DARK_GROUND) >= AA_TEXT)
    stage, ink = variable("--stage"), variable("--stage-ink")
    assert contrast(stage, colour) >= AA_TEXT
    own_message = stage.mixed(colour, 0.25)
    assert contrast(ink, own_message) >= AA_TEXT
    assert contrast(colour.mixed(WHITE, 0.22), own_message) >= AA_TEXT
