"""The camera, or a link to paste: what is ours fills the form, everything else is refused with a sentence.

Chromium on Linux reads no codes (``BarcodeDetector`` is missing), so the tests put a stub in its place, and a picture
that moves in the place of the camera; the video, the dialog and all that follows are real.
"""

import json
import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person
from tests.e2e.stack import Stack
from wallet_core.ids import new_token

PHONE: Final = {"width": 390, "height": 844}

#: A phone whose browser reads ``window.codeInView``, and whose camera shows a canvas.
STUB: Final = """
window.codeInView = null;
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(video) {
    if (!(video instanceof HTMLVideoElement) || video.videoWidth === 0) return [];
    return window.codeInView === null ? [] : [{ rawValue: window.codeInView }];
  }
};
navigator.mediaDevices.enumerateDevices = async () => [{ kind: "videoinput" }];
navigator.mediaDevices.getUserMedia = async () => {
  if (window.cameraIsRefused) throw new DOMException("no", "NotAllowedError");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  setInterval(() => pen.fillRect(0, 0, Math.random() * 100, 100), 50);
  return window.stream = canvas.captureStream();
};
const query = window.matchMedia.bind(window);
window.matchMedia = text => text === "(pointer:coarse)" ? { matches: true } : query(text);
"""

FOREIGN: Final = "This is not a pay link of this wallet"


def _link(stack: Stack, payee: Person) -> str:
    return f"{stack.app_url}/p2ptransfer?to={payee.person_id}&amount=40&note=Tea"


def _open_send(page: Page) -> None:
    """With a key of its own the form is opened once; all that opening resets is over when what is personal is there."""
    page.goto(f"/p2ptransfer?form={new_token()}")
    expect(page.locator(".skeleton")).to_have_count(0)


def _phone(person: Person) -> Page:
    person.context.add_init_script(STUB)
    page = person.context.new_page()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    _open_send(page)
    expect(page.get_by_role("heading", name="Send money")).to_be_visible()
    page.get_by_role("button", name="Scan a code").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def _is_camera_on(page: Page) -> bool:
    return bool(page.evaluate("window.stream.getTracks().some(track => track.readyState === 'live')"))


def _paste(page: Page, text: str) -> None:
    if not page.get_by_label("Pay link").is_visible():
        page.get_by_text("Paste a pay link").click()
    page.get_by_label("Pay link").fill(text)
    page.get_by_role("button", name="Open").click()


def test_a_scanned_code_fills_the_form_and_the_camera_goes_off(stack: Stack, alice: Person, bob: Person) -> None:
    page = _phone(bob)
    page.wait_for_function("document.querySelector('#scanner video').videoWidth > 0")
    assert _is_camera_on(page)
    page.evaluate(f"window.codeInView = {json.dumps(_link(stack, alice))}")
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("40")
    expect(page.get_by_label("Note")).to_have_value("Tea")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not _is_camera_on(page)


@pytest.mark.parametrize("code", ["https://evil.example/p2ptransfer?to=1", "upi://pay?pa=a@b", "javascript:alert(1)"])
def test_another_code_is_refused_with_a_sentence(bob: Person, code: str) -> None:
    page = _phone(bob)
    page.evaluate(f"window.codeInView = {json.dumps(code)}")
    expect(page.get_by_role("alert").filter(has_text=FOREIGN)).to_be_visible()
    assert re.search(r"/p2ptransfer\?form=", page.url)


def test_closing_turns_the_camera_off_and_a_code_that_comes_later_is_not_followed(
    stack: Stack, alice: Person, bob: Person
) -> None:
    page = _phone(bob)
    page.wait_for_function("document.querySelector('#scanner video').videoWidth > 0")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Scan a code")).to_be_focused()
    assert not _is_camera_on(page)
    page.evaluate(f"window.codeInView = {json.dumps(_link(stack, alice))}")
    _paste(page, "hello")
    expect(page.get_by_role("alert").filter(has_text=FOREIGN)).to_be_visible()
    expect(page.get_by_text("Paying Alice Nair")).to_have_count(0)


def test_without_a_camera_the_link_can_be_pasted(stack: Stack, alice: Person, bob: Person) -> None:
    bob.context.add_init_script("window.cameraIsRefused = true;")
    bob.context.add_init_script(STUB)
    page = bob.context.new_page()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    _open_send(page)
    page.get_by_role("button", name="Scan a code").click()
    expect(page.get_by_role("alert").filter(has_text="The camera is not available.")).to_be_visible()
    expect(page.get_by_label("Pay link")).to_be_focused()
    _paste(page, _link(stack, alice))
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()


def test_a_browser_that_reads_no_codes_has_the_field_only(stack: Stack, alice: Person, bob: Person) -> None:
    page = bob.context.new_page()
    _open_send(page)
    expect(page.get_by_text("Bob Verma").first).to_be_visible()
    expect(page.get_by_role("button", name="Scan a code")).to_have_count(0)
    _paste(page, "")
    expect(page.get_by_role("alert").filter(has_text="Paste a pay link first.")).to_be_visible()
    _paste(page, "https://evil.example/p2ptransfer?to=1")
    expect(page.get_by_role("alert").filter(has_text=FOREIGN)).to_be_visible()
    _paste(page, f"  {_link(stack, alice)} ")
    expect(page.get_by_text("Paying Alice Nair")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text=FOREIGN)).to_have_count(0)
