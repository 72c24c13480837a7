"""``python -m bench [part ...]``: measures, and writes bench/report.md and bench/results.json.

A part is a module of bench/parts with ``measure() -> list[Ratio | Figure]``. Without arguments all of them run. Exit
status 1 when a ratio got worse than the committed one by more than ``REGRESSION``, or is committed and was not measured
with its part; a target that is missed is said in the report and fails nothing by itself. A run made smaller by
BENCH_SECONDS or BENCH_ROWS says its figures and writes nothing.
"""

import importlib
import sys
import time
from typing import Final

from bench.ratio import say
from bench.report import SHRINKING, committed_results, is_trial, regressions, write_results

#: In the order in which they run.
PARTS: Final = ("webhook", "sending", "history", "interface", "starting")


def main(arguments: list[str]) -> int:
    """Answers the exit status."""
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        say(f"There is no part {', '.join(unknown)}; there are {', '.join(PARTS)}.")
        return 2
    before = committed_results()
    worse: list[str] = []
    for name in arguments or PARTS:
        say(f"\n{name} ...")
        started_s = time.monotonic()
        measured = importlib.import_module(f"bench.parts.{name}").measure()
        if is_trial():
            for one in measured:
                say(f"  {one.name}: {one.value:,.2f}")
        else:
            worse += regressions(before, name, measured)
            write_results(name, measured)
        say(f"{name} took {time.monotonic() - started_s:.0f} s")
    if is_trial():
        say(f"A trial, for {' or '.join(SHRINKING)} is set: nothing was written, and nothing compared.")
    for sentence in worse:
        say(f"WORSE: {sentence}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
