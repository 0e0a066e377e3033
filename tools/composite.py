"""Install Microsoft's MIT UI library, as tests/browser/composite pins it, into the user's cache.

Its peers are left out: `@azure/communication-calling` and `-calling-effects` are proprietary, and
openrooms-calling works in their place.
"""

from pathlib import Path

from tools.sdks import JavaScript

COMPOSITE = JavaScript(Path(__file__).parents[1] / "tests" / "browser" / "composite")

if __name__ == "__main__":
    COMPOSITE.install()
