"""Two apps behind the proxy are replaced one after the other while somebody is about to pay: the form stays."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from launcher.parts import WEB_FOLDER
from tests.e2e.chromium import BROWSER_ARGUMENTS
from tests.e2e.conftest import PATIENCE_MS, Person, browser_path
from tests.e2e.stack import Stack, environment_of, free_ports, short_folder
from tests.scale.machines import AppProcess
from tests.scale.servers import Redis
from tests.webhook.caddy import running_caddy

#: The first test of a run may have to install Redis, and starts four servers.
pytestmark = pytest.mark.timeout(600)

#: What was connected to the app that left connects to the other one, at most so late.
BACK_WITHIN_MS = 20_000


@pytest.fixture
def apps(stack: Stack) -> Iterator[tuple[int, list[AppProcess]]]:
    """The proxy's port, and two apps behind it with the stack's database and the stack's pages."""
    port, *ports = free_ports(3)
    with short_folder() as folder, ExitStack() as running:
        redis = Redis(folder)
        running.callback(redis.stop)
        redis.run()
        changes = {
            "DATABASE_URL": stack.database_url,
            "REFLEX_REDIS_URL": redis.url,
            "WALLET_PUBLIC_URL": stack.app_url,
            "WALLET_BEHIND_TLS_PROXY": "true",
        }
        environment = environment_of(folder / "data", free_ports(3), changes)
        started = [AppProcess(each, folder, environment, stack.data_dir / WEB_FOLDER) for each in ports]
        for app in started:
            running.callback(app.stop)
            app.start()
        running.enter_context(running_caddy(folder, apps=ports, address=f"http://localhost:{port}"))
        yield port, started


@pytest.fixture
def page(stack: Stack, apps: tuple[int, list[AppProcess]], alice: Person, browser: Browser) -> Iterator[Page]:
    """A tab of Alice's whose way to the wallet's address leads through the proxy: addresses are part of the pages."""
    wanted = stack.app_url.removeprefix("http://")
    arguments = [*BROWSER_ARGUMENTS, f"--host-resolver-rules=MAP {wanted} 127.0.0.1:{apps[0]}"]
    running = browser.browser_type.launch(executable_path=browser_path(), args=arguments)
    context = running.new_context(base_url=stack.app_url, locale="en-IN")
    context.set_default_timeout(PATIENCE_MS)
    name, _, token = alice.cookie.partition("=")
    context.add_cookies([{"name": name, "value": token, "url": stack.app_url}])
    yield context.new_page()
    running.close()


def test_a_form_and_an_open_question_outlive_both_apps(
    apps: tuple[int, list[AppProcess]], page: Page, alice: Person, bob: Person, fund: Callable[[Person, int], str]
) -> None:
    fund(alice, 100_00)
    page.goto(f"/p2ptransfer?to={bob.person_id}")
    page.evaluate("window.loadedOnce = true")
    page.get_by_label("Amount").fill("25")
    page.get_by_label("Note").fill("Chai")
    _replace(apps[1][0])
    fund(alice, 50_00)
    expect(page.get_by_text("₹150.00").first).to_be_visible(timeout=BACK_WITHIN_MS)
    expect(page.get_by_label("Amount")).to_have_value("25")
    expect(page.get_by_label("Note")).to_have_value("Chai")
    page.get_by_role("button", name="Send ₹25.00").click()
    send = page.get_by_role("dialog").get_by_role("button", name="Send ₹25.00")
    expect(send).to_be_enabled()
    _replace(apps[1][1])
    fund(alice, 50_00)
    expect(page.get_by_role("dialog").get_by_text("₹175.00")).to_be_visible(timeout=BACK_WITHIN_MS)
    expect(send).to_be_enabled()
    send.click()
    expect(page.get_by_role("heading", name="₹25.00 sent to Bob Verma")).to_be_visible()
    assert page.evaluate("window.loadedOnce"), "the page was never loaded anew"
    home = bob.open("/dashboard")
    expect(home.get_by_test_id("available-balance")).to_have_text("₹25.00")


def _replace(app: AppProcess) -> None:
    """As a release does it, told and waited for; only that the new one takes the place of the old."""
    app.stop()
    app.start()
