"""Measurements: `python -m bench` runs those of the service and writes them into docs/benchmarks.md."""
