"""Prometheus metrics: requests by operation and status, with their durations.

Requests are counted in plain integers, because a counter of the library costs more than reading a room. The library
only renders them.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from openrooms.server.core.ports import Figure

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Series:
    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0


class Metrics(Collector):
    """Counts requests; further collectors may be registered in `registry`."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._series: dict[tuple[str, int], _Series] = {}
        self.registry.register(self)

    def note(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        series = self._series.get((operation, status))
        if series is None:
            series = self._series[operation, int(status)] = _Series()
        series.counts[bisect_left(_BOUNDS, seconds)] += 1
        series.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the counts as the library's metric families."""
        family = HistogramMetricFamily(
            "openrooms_request_duration_seconds",
            "Time to answer a request, by operation and status.",
            labels=("operation", "status"),
        )
        for (operation, status), series in self._series.items():
            total = 0
            buckets = []
            for bound, number in zip((*map(str, _BOUNDS), "+Inf"), series.counts, strict=True):
                total += number
                buckets.append((bound, total))
            family.add_metric((operation, str(status)), buckets, series.seconds)
        yield family

    def render(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self.registry)


class Figures(Collector):
    """Metrics that a part of the service provides, under the name of that part."""

    def __init__(self, part: str, figures: Callable[[], Sequence[Figure]]) -> None:
        self._part = part
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Yield the current figures."""
        for name, figures in groupby(self._figures(), attrgetter("name")):
            first, *others = figures
            kind = CounterMetricFamily if first.is_total else GaugeMetricFamily
            family = kind(f"openrooms_{self._part}_{name}", first.help, labels=tuple(first.labels))
            for figure in (first, *others):
                family.add_metric(tuple(figure.labels.values()), figure.value)
            yield family
