"""Write the sync half of the client from the async one.

python tools/twins.py            # write
python tools/twins.py --check    # fail if a file is stale

What decides is in modules without I/O that both halves share. What waits is written once, async, docstrings included;
here is what its words are called in the sync half.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "openrooms"
PAIRS = {
    "client/_async.py": "client/_sync.py",
    "client/_base_async.py": "client/_base_sync.py",
    "client/_paging_async.py": "client/_paging.py",
    "client/_transport_async.py": "client/_transport.py",
    "identity/_client_async.py": "identity/_client.py",
    "calls/_caller_async.py": "calls/_caller.py",
    "calls/_client_async.py": "calls/_client.py",
    "visits/_client_async.py": "visits/_client.py",
    "events/_client_async.py": "events/_client.py",
    "events/_follower_async.py": "events/_follower.py",
    "testing/_dev_async.py": "testing/_dev.py",
}
_NOTE = "# Written by `make twins` from {source}: change that one.\n"
_WORDS = [
    # Docstrings.
    (r"an `async with`", "a `with`"),
    (r"\bany number of tasks\b", "any number of threads"),
    (r"\bwhose calls are awaited\b", "whose calls return when they are done"),
    (r"\b(openrooms(?:\.identity|\.calls|\.visits|\.events)?)\.aio\b", r"\1"),
    # Syntax.
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\b[Aa]n async iterator\b", "An iterator"),
    (r"\basync\b", "sync"),
    (r"\bawait ", ""),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\ba(iter|next)\(", r"\1("),
    # Types.
    (r"\bAwaitable, ", ""),
    (r"\bAwaitable\[(.*)\]\]", r"\1]"),
    (r"\bAsyncClient\b", "SyncClient"),
    (r"\b(_?)Async(?=[A-Z])", r"\1"),
    # Modules.
    (r"\b_base_async\b", "_base_sync"),
    (r"\bcredential_aio\b", "credential"),
    (r"\bazure\.core\.async_paging\b", "azure.core.paging"),
    (r"(\w)_async\b", r"\1"),
    (r"\basyncio\b", "time"),
]


def sync(source: str, text: str) -> str:
    """Return the sync twin of an async module."""
    text = _without_awaiting_parentheses(text)
    for words, instead in _WORDS:
        text = re.sub(words, instead, text)
    opening, docstring, rest = text.split('"""', 2)
    return _formatted(f'{opening}"""{docstring}"""\n\n{_NOTE.format(source=Path(source).name)}{rest}')


def _without_awaiting_parentheses(text: str) -> str:
    """Turn `(await call()).value` into `await call().value`, since only the await needs the parentheses."""
    while match := re.search(r"\(\s*(?=await )", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        text = text[: match.start()] + text[match.end() : end - 1].rstrip() + text[end:]
    return text


def _formatted(text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    # In a sync generator, ruff requires `yield from` (UP028).
    fix = ("check", "--select", "I,UP028", "--fix", "--unsafe-fixes", "--quiet")
    for command in (fix, ("format", "--quiet")):
        options = ("--config", str(ROOT / "pyproject.toml"), "--stdin-filename", str(PACKAGE / "client" / "_.py"), "-")
        text = subprocess.run([ruff, *command, *options], input=text, capture_output=True, text=True, check=True).stdout
    return text


def twins() -> dict[Path, str]:
    """Return the text of each sync module, by its path."""
    return {
        PACKAGE / twin: sync(source, (PACKAGE / source).read_text(encoding="utf-8")) for source, twin in PAIRS.items()
    }


def stale() -> list[str]:
    """Return the sync modules that differ from their translated async twins."""
    return [str(path.relative_to(ROOT)) for path, text in twins().items() if path.read_text(encoding="utf-8") != text]


def main() -> None:
    """Write the sync modules, or check them."""
    if "--check" in sys.argv[1:]:
        if found := stale():
            sys.exit(f"stale: {', '.join(found)}; change the async twin and run `make twins`")
        return
    for path, text in twins().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
