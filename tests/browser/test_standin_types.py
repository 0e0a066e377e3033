"""The public types of openrooms-calling are those that Microsoft's UI library and an app compile against."""

import json
import subprocess
from pathlib import Path

from tests.browser.composite import PAGE, WEB, installed


def test_the_ui_library_and_an_app_compile(tmp_path: Path) -> None:
    packages = installed() / "node_modules"
    types = WEB / "calling" / "dist" / "index.d.ts"
    options = {
        "target": "ES2022",
        "lib": ["ES2022", "DOM", "DOM.Iterable"],
        "module": "ESNext",
        "moduleResolution": "bundler",
        "jsx": "react-jsx",
        "strict": True,
        "noEmit": True,
        "skipLibCheck": False,
        "typeRoots": [str(packages / "@types")],
        "types": ["node"],
        "paths": {"@azure/communication-calling": [str(types)], "*": [f"{packages}/@types/*", f"{packages}/*"]},
    }
    (tmp_path / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options, "files": [str(PAGE / "main.tsx"), str(PAGE / "uses.ts")]})
    )
    tsc = (packages / ".bin" / "tsc", "--project", tmp_path)
    done = subprocess.run(tsc, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
