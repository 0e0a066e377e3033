"""Pin third-party container images in deploy/ by digest: asks the registry for the current digest (`make pin`)."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

DEPLOY = Path(__file__).parents[1] / "deploy"
_IMAGE = re.compile(
    r"(?P<before>^FROM |\bimage: )(?P<name>[\w.-]+/[\w./-]+:[\w.-]+)(?P<digest>@sha256:\w+)?", re.MULTILINE
)


def files_with_images() -> list[Path]:
    """Return the files that name images."""
    return [DEPLOY / "container" / "Containerfile", *sorted(DEPLOY.rglob("*.yaml"))]


def images_in(text: str) -> list[str]:
    """Return the third-party images, with their digests if pinned."""
    return [found["name"] + (found["digest"] or "") for found in _IMAGE.finditer(text)]


def pinned(text: str, digest: Callable[[str], str]) -> str:
    """Return the text with the current digest of each image."""
    return _IMAGE.sub(lambda found: f"{found['before']}{found['name']}@{digest(found['name'])}", text)


def _digest(image: str) -> str:
    command = ["skopeo", "inspect", "--raw", f"docker://{image}"]
    index = subprocess.run(command, capture_output=True, check=True).stdout
    digest = subprocess.run(["skopeo", "manifest-digest", "/dev/stdin"], input=index, capture_output=True, check=True)
    return digest.stdout.decode().strip()


if __name__ == "__main__":
    known: dict[str, str] = {}
    for path in files_with_images():
        text = path.read_text(encoding="utf-8")
        known |= {image: _digest(image) for image in {one.partition("@")[0] for one in images_in(text)} - known.keys()}
        path.write_text(pinned(text, known.__getitem__), encoding="utf-8")
    for image, digest in sorted(known.items()):
        print(f"{image} is {digest}")
