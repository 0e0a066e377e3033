"""Run every benchmark, one after the other; each writes its section of docs/benchmarks.md.

python -m bench [service] [listing] [hostile] [client] [postgres] [calls] [telephones] [calling] [testing]
"""

import subprocess
import sys

BENCHMARKS = ("service", "listing", "hostile", "client", "postgres", "calls", "telephones", "calling", "testing")

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
