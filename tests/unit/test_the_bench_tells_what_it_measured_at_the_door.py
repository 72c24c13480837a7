"""What is compared at the bank's door can be reckoned again from the numbers of the rounds that are told."""

from statistics import median

from bench.parts import webhook
from bench.ratio import Figure, Ratio

RATES = {
    "webhook 1": [9.0, 9.1, 9.2],
    "webhook 2": [7.0, 7.1, 7.2],
    "express 1": [2.0, 2.1, 2.2],
    "express 2": [3.0, 3.1, 3.2],
}


def test_the_number_of_workers_that_lost_is_told_as_well() -> None:
    best, *tried = webhook._best_workers(RATES)
    assert isinstance(best, Ratio)
    assert (best.ours, best.theirs) == (RATES["webhook 1"], RATES["express 2"])
    assert best.what.endswith("ours 1, theirs 2")
    told = {one.name: one.rounds for one in tried if isinstance(one, Figure)}
    assert told == {
        "webhook_workers_1_64": RATES["webhook 1"],
        "webhook_workers_2_64": RATES["webhook 2"],
        "express_workers_1_64": RATES["express 1"],
        "express_workers_2_64": RATES["express 2"],
    }


def test_both_rows_tell_the_p99_of_the_same_rounds() -> None:
    compared = webhook.Compared([9.0, 9.0, 9.0], [2.0, 2.0, 2.0], [10.0, 12.0, 11.0], [40.0, 41.0, 39.0])
    p99 = webhook._p99(compared)
    ours_ms, theirs_ms = median(p99.ours), median(p99.theirs)
    assert f"p99 {ours_ms:.1f} ms and {theirs_ms:.1f} ms" in compared.ratio("webhook_vs_express_64", "").what
