"""What an operator's collector is sent: the bank's message and the tabs it reached are one trace; nothing private."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.collector import Collector, Span
from tests.e2e.conftest import Person

#: An exporter sends every five seconds.
SENT_WITHIN_S = 15


def _wait_for(collector: Collector, is_wanted: Callable[[Span], bool]) -> Span:
    deadline = time.monotonic() + SENT_WITHIN_S
    while time.monotonic() < deadline:
        found = [span for span in collector.spans if is_wanted(span)]
        if found:
            return found[-1]
        time.sleep(0.2)
    raise AssertionError(f"no such span among {sorted({(span.process, span.name) for span in collector.spans})}")


def test_the_banks_message_and_the_tabs_are_one_trace(alice: Person, collector: Collector) -> None:
    tab, other = alice.open("/dashboard"), alice.open("/transfer")
    other.get_by_label("Amount").fill("61")
    other.get_by_role("radio", name="HDFC Bank").check()
    other.get_by_role("button", name="Add ₹61.00 from HDFC Bank").click()
    other.wait_for_url(re.compile(r"/pay/"))
    other.get_by_role("button", name="Approve", exact=True).click()
    expect(tab.get_by_test_id("available-balance")).to_have_text("₹61.00")
    tab.get_by_role("link", name="HDFC Bank").first.click()
    tab.wait_for_url(re.compile(r"/transactions/"))
    reference = tab.url.rpartition("/")[2]
    message = _wait_for(collector, lambda span: span.name == "bank message" and span.fields["reference"] == reference)
    told = _wait_for(collector, lambda span: span.name == "tabs told" and span.fields["reference"] == reference)
    assert (message.process, told.process) == ("wallet-webhook", "wallet-app")
    assert message.trace == told.trace
    assert message.fields["outcome"] == "credited"


def test_a_payment_is_part_of_the_event_that_sent_it(
    alice: Person, bob: Person, fund: Callable[[Person, int], str], collector: Collector
) -> None:
    fund(alice, 100_00)
    page = alice.open(f"/p2ptransfer?to={bob.person_id}")
    page.get_by_label("Amount").fill("25")
    page.get_by_role("button", name="Send ₹25.00").click()
    page.get_by_role("dialog").get_by_role("button", name="Send ₹25.00").click()
    expect(page.get_by_role("heading", name="₹25.00 sent to Bob Verma")).to_be_visible()
    sent = _wait_for(collector, lambda span: span.name == "send money" and span.fields["result"] == "done")
    event = _wait_for(
        collector, lambda span: span.name == "event" and span.fields["request_id"] == sent.fields["request_id"]
    )
    assert sent.trace == event.trace
    told = " ".join(str(span.fields) for span in collector.spans)
    for private in (alice.phone, bob.phone, alice.name, bob.name, alice.person_id, alice.cookie.partition("=")[2]):
        assert private not in told
