"""`/metrics` for Prometheus: what the run counts, and disk and store at the moment of the scrape."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from itertools import accumulate, groupby
from typing import get_args

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from pipelines.metrics import METRICS, Metric, Reading, Spread
from pipelines.replay.journal import kept_size
from service.api.access import MayRead
from service.api.context import Context, ContextDep
from service.progress import RunState
from service.version import product_version

BUILD = Metric("conduct_build_info", "gauge", "Always 1; the version is its label.", ("version",))
RUN_STATE = Metric("conduct_run_state", "gauge", "1 for the state that the run is in.", ("state",))
DISK_FREE = Metric("conduct_disk_free_bytes", "gauge", "Free space where the data folder is.")
DISK_SIZE = Metric("conduct_disk_size_bytes", "gauge", "Size of the disk where the data folder is.")
LOOKS_SIZE = Metric("conduct_looks_bytes", "gauge", "What the kept looks take on that disk.")
STORE_UP = Metric("conduct_store_up", "gauge", "1 if the store answered at this scrape, else 0.")
STORE_ANSWER = Metric("conduct_store_answer_seconds", "gauge", "How long the store took to answer.")
DISK_FLOOR = Metric("conduct_disk_floor_bytes", "gauge", "What is to stay free of that disk.")
SPOOL = Metric("conduct_spool_records", "gauge", "Events and others that wait on disk for the store.")
BUCKET_UP = Metric(
    "conduct_bucket_up", "gauge", "1 if the evidence bucket took what it was last asked, else 0."
)
BUCKET_WAITING = Metric("conduct_bucket_waiting_files", "gauge", "Evidence files that wait for the bucket.")
OF_BUCKET = (BUCKET_UP, BUCKET_WAITING)
"""What is looked up where evidence goes into a bucket."""
SCRAPED = (BUILD, RUN_STATE, DISK_FREE, DISK_SIZE, DISK_FLOOR, LOOKS_SIZE, SPOOL, STORE_UP, STORE_ANSWER)
"""What is looked up at each scrape."""

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def get_metrics(context: ContextDep, caller: MayRead, request: Request) -> Response:
    """All figures, in the format asked for: Prometheus' text or OpenMetrics."""
    if caller.posts is not None:
        raise HTTPException(403, "expected a caller for whom all posts exist: the figures are of all cameras")
    registry = CollectorRegistry()
    registry.register(_Exporter(context))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"})


class _Exporter(Collector):
    """Reads the figures when Prometheus asks for them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Family]:
        readings = self._context.counters.read(METRICS) + list(scraped(self._context))
        for metric, group in groupby(readings, key=lambda reading: reading.metric):
            yield family(metric, list(group))


def scraped(context: Context, clock: Callable[[], float] = time.monotonic) -> Iterator[Reading]:
    """The state of version, run, disk and store; what cannot be told is left out."""
    yield Reading(BUILD, (product_version(),), 1)
    now = context.progress.now().state
    yield from (Reading(RUN_STATE, (state,), float(state == now)) for state in get_args(RunState))
    try:
        disk = shutil.disk_usage(context.settings.data_dir)
    except OSError:
        pass
    else:
        yield Reading(DISK_FREE, (), disk.free)
        yield Reading(DISK_SIZE, (), disk.total)
    yield Reading(DISK_FLOOR, (), context.settings.terms.floor)
    yield Reading(LOOKS_SIZE, (), kept_size(context.settings.looks_dir))
    yield Reading(SPOOL, (), context.delivery.waiting)
    if context.mover is not None:
        state = context.mover.state
        yield Reading(BUCKET_UP, (), float(not state.trouble))
        yield Reading(BUCKET_WAITING, (), state.waiting)
    began = clock()
    try:
        context.store.ping()
    except SQLAlchemyError:
        yield Reading(STORE_UP, (), 0)
    else:
        yield Reading(STORE_UP, (), 1)
        yield Reading(STORE_ANSWER, (), clock() - began)


def family(metric: Metric, readings: list[Reading]) -> Family:
    """One metric in Prometheus' own form."""
    if metric.kind == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
        for reading in readings:
            if reading.spread is not None:
                histogram.add_metric(reading.labels, _buckets(metric, reading.spread), reading.spread.total)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    made = kind(metric.name, metric.help, labels=metric.labels)
    for reading in readings:
        made.add_metric(reading.labels, reading.value)
    return made


def _buckets(metric: Metric, spread: Spread) -> list[tuple[str, float]]:
    """Prometheus' buckets hold all values up to their bound, the last one all there are."""
    names = [*(str(bound) for bound in metric.bounds), "+Inf"]
    return [(name, float(count)) for name, count in zip(names, accumulate(spread.buckets), strict=True)]
