"""``python -m bench [part ...]``: measures, and writes bench/report.md and bench/results.json.

A part is a module of bench/parts with ``measure() -> list[Ratio | Figure]``. Without arguments all of them run. Exit
status 1 when a ratio got worse than the committed one by more than ``REGRESSION``, or is committed and was not measured
with its part; a target that is missed is said in the report and fails nothing by itself.
"""

import importlib
import sys
import time
from typing import Final

from bench.ratio import say
from bench.report import committed_results, regressions, write_results

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
        worse += regressions(before, name, measured)
        write_results(name, measured)
        say(f"{name} took {time.monotonic() - started_s:.0f} s")
    for sentence in worse:
        say(f"WORSE: {sentence}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
