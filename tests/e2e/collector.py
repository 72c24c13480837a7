"""Stands for the collector of an operator: takes what OpenTelemetry's exporters send, as OTLP over HTTP."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    process: str
    name: str
    trace: bytes
    fields: dict[str, str | int]


class Collector:
    """``url``: what OTEL_EXPORTER_OTLP_ENDPOINT is set to. ``spans``: all that came."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.take(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            process = next(x.value.string_value for x in resource.resource.attributes if x.key == "service.name")
            for scope in resource.scope_spans:
                for span in scope.spans:
                    fields = {x.key: x.value.string_value or x.value.int_value for x in span.attributes}
                    self.spans.append(Span(process, span.name, span.trace_id, fields))


@contextmanager
def running_collector() -> Iterator[Collector]:
    collector = Collector()
    threading.Thread(target=collector.server.serve_forever, daemon=True).start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        collector.server.server_close()
