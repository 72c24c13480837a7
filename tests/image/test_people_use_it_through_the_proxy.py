"""The whole of it, in a browser, at https://localhost: sign-up, money from the bank, a live balance on both apps."""

import re
import socket
import ssl

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.image.conftest import ADDRESS
from tests.image.wallet import Wallet
from tests.webhook.bank import PATH

PASSWORD = "correct horse battery"
PATIENCE_MS = 30_000


def test_sign_up_and_one_credit(wallet: Wallet, browser: Browser) -> None:
    context = browser.new_context(base_url=ADDRESS, locale="en-IN", ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    page.goto("/signup")
    page.get_by_label("Your name").fill("Alice Nair")
    page.get_by_label("Phone number").fill("90000 00001")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(f"{ADDRESS}/dashboard")
    tabs = [page, context.new_page(), context.new_page()]
    for tab in tabs[1:]:
        tab.goto("/dashboard")
    for tab in tabs:
        expect(tab.get_by_test_id("available-balance")).to_have_text("₹0.00")
    order = context.new_page()
    order.goto("/transfer")
    order.get_by_label("Amount").fill("500.50")
    order.get_by_role("radio", name="HDFC Bank").check()
    order.get_by_role("button", name="Add ₹500.50 from HDFC Bank").click()
    order.wait_for_url(re.compile(r"^https://localhost:8443/pay/"))
    order.get_by_role("button", name="Approve", exact=True).click()
    for tab in tabs:
        expect(tab.get_by_test_id("available-balance")).to_have_text("₹500.50")
    order.get_by_role("link", name="Return to Wallet").click()
    expect(order.get_by_test_id("available-balance")).to_have_text("₹500.50")
    (cookie,) = [each for each in context.cookies(ADDRESS) if "session" in each["name"]]
    assert cookie["secure"]
    assert cookie["httpOnly"]
    context.close()


def test_tls_and_http_2_with_a_certificate_of_its_own(wallet: Wallet) -> None:
    context = ssl.create_default_context(cadata=wallet.root_certificate())
    context.set_alpn_protocols(["h2", "http/1.1"])
    for port in (443, 8443):
        with socket.create_connection(("localhost", port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                assert tls.selected_alpn_protocol() == "h2"
                assert tls.version() == "TLSv1.3"


def test_http_leads_to_https_and_no_browser_is_held_to_it_for_a_demo(client: httpx.Client) -> None:
    answer = httpx.get("http://localhost/signin", trust_env=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{ADDRESS}/signin"
    for path in ("/signin", "/healthz", PATH):  # of an app, of the proxy, of a webhook
        assert "strict-transport-security" not in client.get(path).headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/_health"])
def test_what_is_for_operators_is_not_for_the_world(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_one_app_and_one_webhook_are_enough(wallet: Wallet, client: httpx.Client) -> None:
    for number in (1, 2):
        stopped = (f"app-{number}", f"webhook-{number}")
        for service in stopped:
            wallet.stop(service)
        pages = {client.get("/signin").status_code for _ in range(3)}
        messages = {client.post(PATH).status_code for _ in range(3)}
        for service in stopped:
            wallet.start_again(service)
        assert pages == {200}
        assert messages <= {401, 415}
