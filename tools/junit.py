"""Install JUnit, which runs the example of a test in Java, into the user's cache: python tools/junit.py."""

from pathlib import Path

from tools.sdks import Java

JUNIT = Java(Path(__file__).parents[1] / "tests" / "examples" / "junit")

if __name__ == "__main__":
    JUNIT.install()
