"""Run every benchmark, one after the other; each writes its section of docs/benchmarks.md."""

import argparse
import subprocess
import sys

BENCHMARKS = (
    *("service", "listing", "audit", "hostile", "client", "postgres", "calls", "telephones", "calling", "testing"),
    *("events", "delivery", "event_purge"),
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="BENCHMARK", help=f"{', '.join(BENCHMARKS)}; by default, all")
    names = parser.parse_args().names or BENCHMARKS
    if unknown := set(names).difference(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
    for name in names:
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
