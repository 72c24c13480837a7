"""The bench reads wrk's words: rates, latencies of every unit, and whatever went wrong."""

import pytest

from bench.wrk import Load, parse

SAID = """Running 5s test @ http://127.0.0.1:8001/webhooks/bank
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.99ms    2.41ms  40.97ms   84.61%
    Req/Sec     9.25k   601.02    10.26k    74.00%
  Latency Distribution
     50%    6.47ms
     75%    7.71ms
     90%    9.41ms
     99%   {p99}
  46048 requests in 5.01s, 6.98MB read
{errors}Requests/sec:   9197.32
Transfer/sec:      1.39MB
"""


@pytest.mark.parametrize(("p99", "p99_ms"), [("16.71ms", 16.71), ("870.00us", 0.87), ("1.20s ", 1200.0)])
def test_rates_and_latencies(p99: str, p99_ms: float) -> None:
    load = parse(SAID.format(p99=p99, errors=""))
    assert load == Load(requests=46048, seconds=5.01, p99_ms=pytest.approx(p99_ms), bad=0)
    assert load.rate == pytest.approx(46048 / 5.01)


def test_what_went_wrong_is_counted() -> None:
    errors = "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 90\n"
    assert parse(SAID.format(p99="1.00ms", errors=errors)).bad == 100


def test_anything_else_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="unable to connect"):
        parse("unable to connect to 127.0.0.1:8001 Connection refused")
