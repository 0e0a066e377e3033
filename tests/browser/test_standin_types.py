"""The public types of openrooms-calling are those that Microsoft's UI library and apps compile against."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.browser.composite import PAGE, WEB, installed

OURS = WEB / "calling" / "dist" / "index.d.ts"


def faults(folder: Path, calling: Path, files: dict[str, list[str]], *, check_libraries: bool) -> set[str]:
    """Return what the compiler says of files that import the calling API from these declarations."""
    packages = installed() / "node_modules"
    options = {
        "target": "ES2022",
        "lib": ["ES2022", "DOM", "DOM.Iterable"],
        "module": "ESNext",
        "moduleResolution": "bundler",
        "jsx": "react-jsx",
        "strict": True,
        "noEmit": True,
        "skipLibCheck": not check_libraries,
        "typeRoots": [str(packages / "@types")],
        "types": ["node"],
        "paths": {"@azure/communication-calling": [str(calling)], "*": [f"{packages}/@types/*", f"{packages}/*"]},
    }
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, **files}))
    tsc = (packages / ".bin" / "tsc", "--project", folder)
    done = subprocess.run(tsc, capture_output=True, text=True, check=False)
    return set(done.stdout.splitlines())


def test_the_ui_library_and_an_app_compile(tmp_path: Path) -> None:
    files = {"files": [str(PAGE / "main.tsx"), str(PAGE / "uses.ts")]}
    assert faults(tmp_path, OURS, files, check_libraries=True) == set()


@pytest.mark.skipif("SAMPLES" not in os.environ, reason="SAMPLES names no folder of Azure-Samples' repositories")
def test_published_samples_compile(tmp_path: Path) -> None:
    """The types add no fault to the samples' own: missing packages, and names of older UI libraries."""
    samples = Path(os.environ["SAMPLES"])
    files = {"include": [f"{samples}/**/*.ts", f"{samples}/**/*.tsx"], "exclude": ["**/node_modules", "**/*.test.*"]}
    untyped = tmp_path / "untyped.ts"
    untyped.write_text("declare const anything: any;\nexport = anything;\n")
    ours = faults(tmp_path, OURS, files, check_libraries=False)
    assert ours - faults(tmp_path, untyped, files, check_libraries=False) == set()
