"""Install what the examples of tests need beside Azure's packages: their runners, and Testcontainers.

python tools/runners.py        install what is missing
python tools/runners.py lock   write anew which jars Maven gives
"""

import sys
from pathlib import Path

from tools.sdks import Java, JavaScript, Python, main


class _Testcontainers(Python):
    shared = ()


_PINS = Path(__file__).parents[1] / "tests" / "examples"
JUNIT = Java(_PINS / "junit")
JEST = JavaScript(_PINS / "jest")
PLAYWRIGHT = JavaScript(_PINS / "playwright")
TESTCONTAINERS_PYTHON = _Testcontainers(_PINS / "testcontainers")
TESTCONTAINERS_JAVASCRIPT = JavaScript(_PINS / "testcontainers")
TESTCONTAINERS_JAVA = Java(_PINS / "testcontainers")
TESTCONTAINERS = (TESTCONTAINERS_PYTHON, TESTCONTAINERS_JAVASCRIPT, TESTCONTAINERS_JAVA)

if __name__ == "__main__":
    main(sys.argv[1:], (JUNIT, JEST, PLAYWRIGHT, *TESTCONTAINERS))
