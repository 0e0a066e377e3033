"""The list of what a release consists of."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def components(path: Path) -> set[tuple[str, str]]:
    document: Any = json.loads(path.read_text())
    assert document["bomFormat"] == "CycloneDX"
    return {(one["name"].lower(), one["version"]) for one in document["components"]}


def test_sbom_lists_exactly_the_locked_packages(tmp_path: Path) -> None:
    subprocess.run(["make", "sbom", f"SBOM={tmp_path}"], cwd=ROOT, check=True, capture_output=True)
    locked = re.findall(r"^([\w.-]+)==([\w.+-]+)", (ROOT / "requirements" / "server.txt").read_text(), re.MULTILINE)
    assert len(locked) > 10
    assert components(tmp_path / "python.cdx.json") == {(name.lower(), version) for name, version in locked}
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    direct = packages[""]["dependencies"]
    assert "livekit-client" in direct
    shipped = {(name, packages[f"node_modules/{name}"]["version"]) for name in direct}
    assert components(tmp_path / "web.cdx.json") > shipped
