from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Person


def test_her_receipt_is_not_found_and_nothing_of_it_is_sent(
    alice: Person, charlie: Person, fund: Callable[[Person, int], str]
) -> None:
    reference = fund(alice, 4321_00)
    page = charlie.context.new_page()
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    page.goto(f"/transactions/{reference}")
    expect(page.get_by_text("no payment with this reference").or_(page.get_by_text("not found")).first).to_be_visible()
    page.goto("/transactions")
    expect(page.get_by_text("No payments yet")).to_be_visible()
    received = "\n".join([*frames, page.content()])
    for secret in (alice.name, alice.phone, alice.formatted_phone, "4,321"):
        assert secret not in received
