"""wrk with signed requests; servers and wrk have a core each."""

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from tests.support.ports import wait_for_port

SERVER_CORE, LOAD_CORE = 0, 1
_IN_A_FUNCTION = 1000
_RUN = re.compile(r"(\d+) requests in ([\d.]+)(us|ms|s|m),")
_PERCENTILES = re.compile(r"^\s+(\d\d)%\s+([\d.]+)(us|ms|s) *$", re.MULTILINE)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class Request(msgspec.Struct, frozen=True):
    """A request that can be repeated."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class Load(msgspec.Struct, frozen=True):
    """The result of wrk."""

    count: int
    per_second: float
    p50: float
    p99: float


@contextmanager
def pinned() -> Iterator[None]:
    """Run processes that are started in this block on the servers' core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def server(command: Sequence[str], port: int, **variables: str) -> Iterator[int]:
    """Start a server on the servers' core; yield its process id."""
    with pinned():
        process = subprocess.Popen(
            command, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    try:
        wait_for_port(port, 60)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def wrk(address: str, requests: Sequence[Request], folder: Path, *, connections: int, seconds: float) -> Load:
    """Send the requests in turn for a time; raise `RuntimeError` if one is refused."""
    script = folder / "requests.lua"
    script.write_text(_script(requests), encoding="utf-8")
    run = ["taskset", "-c", str(LOAD_CORE), "wrk", "--latency", "-t1", f"-c{connections}", f"-d{round(seconds)}s"]
    said = subprocess.run([*run, "-s", str(script), address], capture_output=True, text=True, check=True).stdout
    counted = _RUN.search(said)
    after = {percent: float(number) * _SECONDS[unit] for percent, number, unit in _PERCENTILES.findall(said)}
    if counted is None or "99" not in after or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{requests[0].method} {requests[0].target}: {said}")
    count = int(counted[1])
    return Load(count, count / (float(counted[2]) * _SECONDS[counted[3]]), after["50"], after["99"])


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Return the resident bytes of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 if found else 0


def settle() -> None:
    """Wait until the effects of the last load are over."""
    time.sleep(0.3)


def _script(requests: Sequence[Request]) -> str:
    lines = ["local all, at, parts = {}, 0, {}"]
    # A Lua function can have at most 65,536 constants.
    for start in range(0, len(requests), _IN_A_FUNCTION):
        lines.append("parts[#parts + 1] = function()")
        lines += [
            f"  all[#all + 1] = wrk.format({_arguments(one)})" for one in requests[start : start + _IN_A_FUNCTION]
        ]
        lines.append("end")
    lines.append("init = function() for _, part in ipairs(parts) do part() end end")
    lines.append("request = function() at = at % #all + 1; return all[at] end\n")
    return "\n".join(lines)


def _arguments(request: Request) -> str:
    headers = ", ".join(f"[ {_quoted(name)} ] = {_quoted(value)}" for name, value in request.headers.items())
    body = _quoted(request.body.decode("utf-8")) if request.body else "nil"
    return f"{_quoted(request.method)}, {_quoted(request.target)}, {{{headers}}}, {body}"


def _quoted(text: str) -> str:
    return f"[==[{text}]==]"
