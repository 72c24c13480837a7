"""What bench makes of wrk's words."""

import pytest

from bench.wrk import Load, parse

GOOD = """
  Latency Distribution
     50%  850.00us
     75%    7.10ms
     90%   12.00ms
     99%    1.20s
  12345 requests in 2.00s, 1.76MB read
Requests/sec:   6172.50
"""


def test_the_numbers_are_read_in_milliseconds() -> None:
    assert parse(GOOD) == Load(answers=12_345, per_second=6172.5, p50_ms=0.85, p99_ms=1200.0)


@pytest.mark.parametrize(
    "failure", ["  Non-2xx or 3xx responses: 1\n", "  Socket errors: connect 0, read 1, write 0, timeout 0\n"]
)
def test_a_failed_request_fails_the_round(failure: str) -> None:
    with pytest.raises(RuntimeError, match="wrk failed"):
        parse(GOOD + failure)


def test_missing_numbers_fail_the_round() -> None:
    with pytest.raises(RuntimeError, match="wrk failed"):
        parse("unable to connect")
