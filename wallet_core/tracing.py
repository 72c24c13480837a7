"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says who wants them; else nothing is loaded or paid for.

The number of a trace is worked out from what its spans are about: the reference of an order, or the id of a request. So
the bank's call in one process and the tabs that were told in another are one trace, and nothing has to be carried from
one to the other, least of all through the database. A span is recorded when it has ended, with our own ids as its only
attributes: no person, phone, amount or address.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from wallet_core.logs import call_fields

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

#: The variable that every OpenTelemetry library knows; the exporter reads it and its further ones itself.
ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

#: What has not been sent when a process ends is given up after this: no stop waits for a collector.
FLUSH_MS: Final = 1_000

_TRACE_BYTES: Final = 16
_SPAN_BYTES: Final = 8

_provider: "TracerProvider | None" = None
_tracer: "Tracer | None" = None


def set_up_tracing(process: str) -> None:
    """Called once, when a process begins."""
    global _provider, _tracer
    if not os.environ.get(ENDPOINT) or _provider is not None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    _provider = TracerProvider(resource=Resource.create({"service.name": f"wallet-{process}"}), shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = _provider.get_tracer("wallet")


def close_tracing() -> None:
    global _provider, _tracer
    provider, _provider, _tracer = _provider, None, None
    if provider is not None:
        provider.force_flush(FLUSH_MS)
        provider.shutdown()


def is_tracing() -> bool:
    return _tracer is not None


def record(name: str, about: str, started_ns: int, fields: Mapping[str, str | int]) -> None:
    """A span that ends now. ``about``: the reference or the request id whose trace it is part of; ``started_ns``: of
    ``time.perf_counter_ns``.
    """
    if _tracer is None:
        return
    ended_ns = time.time_ns()
    lasted_ns = time.perf_counter_ns() - started_ns
    span = _tracer.start_span(name, _trace_of(about), attributes=dict(fields), start_time=ended_ns - lasted_ns)
    span.end(ended_ns)


@contextmanager
def recording(name: str) -> Iterator[None]:
    """The block as a span of the call that runs it."""
    if _tracer is None:
        yield
        return
    started_ns = time.perf_counter_ns()
    result = "failed"
    try:
        yield
        result = "done"
    finally:
        request_id = str(call_fields.get().get("request_id", ""))
        record(name, request_id, started_ns, {"request_id": request_id, "result": result})


def _trace_of(about: str) -> "Context":
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    digest = sha256(about.encode()).digest()
    trace_id = int.from_bytes(digest[:_TRACE_BYTES])
    span_id = int.from_bytes(digest[_TRACE_BYTES : _TRACE_BYTES + _SPAN_BYTES])
    return set_span_in_context(
        NonRecordingSpan(SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)))
    )
