"""The README's examples, run unchanged against a new development service."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.service import Process, dev
from tools.sdks import ENVIRONMENTS, Java

from openrooms.wire.connection_string import DEVELOPMENT_KEY

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = {"python": [sys.executable, "-"], "javascript": ["node", "--input-type=module", "-"]}
JAVA = next(packages for packages in ENVIRONMENTS if isinstance(packages, Java))
TRUST = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")


def sections() -> Iterator[tuple[str, str]]:
    """Yield heading and text of each section of the third level."""
    for section in README.split("\n### ")[1:]:
        heading, _, text = section.partition("\n")
        yield heading, text.partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


EXAMPLES = [
    pytest.param(language, text, code, id=heading)
    for heading, text in sections()
    for language in RUN
    for code in blocks(text, language)
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("readme")) as process:
        yield process


@pytest.mark.parametrize(("language", "text", "code"), EXAMPLES)
def test_example_runs(service: Process, language: str, text: str, code: str) -> None:
    """The program needs only the variables that its section sets; it succeeds and prints what it created."""
    named = [name for name in TRUST if f"export {name}=" in text]
    environment = {name: value for name, value in os.environ.items() if name not in TRUST}
    environment |= dict.fromkeys(named, service.ca)
    environment["COMMUNICATION_CONNECTION_STRING"] = service.connectionString
    done = subprocess.run(
        RUN[language],
        input=code,
        env=environment,
        cwd=ROOT / "tests" / "js",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_java_example_runs(service: Process, tmp_path: Path) -> None:
    """The section's command runs its program, once the paths of the jars and the trust store are filled in."""
    text = dict(sections())["Java"]
    (tmp_path / "Visit.java").write_text(blocks(text, "java")[0])
    (tmp_path / "jars").symlink_to(JAVA.folder)
    assert "/.local/share/openrooms/tls/ca.p12" in text
    command = blocks(text, "sh")[0].replace(
        "$HOME/.local/share/openrooms/tls/ca.p12", service.ca.replace(".pem", ".p12")
    )
    environment = os.environ | {"COMMUNICATION_CONNECTION_STRING": service.connectionString}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"8:acs:\S+ Presenter\n", done.stdout)


def test_every_sdk_has_an_example() -> None:
    languages = {
        heading: [language for language in (*RUN, "java", "csharp") if blocks(text, language)]
        for heading, text in sections()
    }
    assert languages == {
        "Python": ["python"],
        "Python, asynchronous": ["python"],
        "Python, with openrooms' own client": ["python"],
        "JavaScript": ["javascript"],
        "Java": ["java"],
        ".NET": ["csharp"],
    }


def test_shown_connection_string_is_the_real_one() -> None:
    assert f"endpoint=https://127.0.0.1:8720/;accesskey={DEVELOPMENT_KEY}\n".strip() in README


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_are_not_broken(page: Path) -> None:
    for target in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
