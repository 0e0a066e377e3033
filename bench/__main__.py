"""Run every benchmark, one after the other; each writes its section of docs/benchmarks.md.

python -m bench [service] [listing] [audit] [hostile] [client] [postgres] [calls] [telephones] [calling] [testing]
    [events] [delivery] [event_purge]
"""

import subprocess
import sys

BENCHMARKS = (
    *("service", "listing", "audit", "hostile", "client", "postgres", "calls", "telephones", "calling", "testing"),
    *("events", "delivery", "event_purge"),
)

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
