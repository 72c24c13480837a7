"""From the bank's call to the tab, by the commands of docs/operating.md: two lines of two processes, one request id."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, add_onramp
from tests.e2e.raw_socket import RawSocket
from tests.operations.conftest import Person, Wallet
from tests.webhook.bank import message, new_id
from wallet_app.paths import HOME
from wallet_app.state.live import LiveState
from wallet_core.ids import new_token

READ_PAGE = f"{LiveState.get_full_name()}.read_page"


@pytest.fixture
def commands() -> list[str]:
    """What the runbook says, with its placeholders."""
    runbook = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    section = runbook.partition("### Follow one credit")[2].partition("\n## ")[0]
    return re.findall(r"^grep .*$", section, re.MULTILINE)


def said(command: str, log: Path, placeholders: dict[str, str]) -> list[dict[str, Any]]:
    for placeholder, value in {**placeholders, "wallet.log": str(log)}.items():
        command = command.replace(placeholder, value)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_request_id_and_the_reference_lead_to_the_push(
    wallet: Wallet, alice: Person, bob: Person, commands: list[str], tmp_path: Path
) -> None:
    by_request, by_reference = commands
    reference, other, message_id = add_onramp(alice.person_id, 61_00), add_onramp(bob.person_id, 7_00), new_id()
    with RawSocket(wallet.app.address, client_token=new_token(), cookie=alice.cookie, path=HOME) as tab:
        tab.send(READ_PAGE)
        tab.until("Alice Nair")
        tab.listen(silence_s=0.3)
        assert wallet.webhook.call(message(other, 7_00)).status_code == 200
        assert wallet.webhook.call(message(reference, 61_00), message_id=message_id).status_code == 200
        tab.until("₹61.00")
        wallet.app_figures.until(lambda _: reference in wallet.app.log.read_text())
    log = tmp_path / "wallet.log"
    log.write_bytes(wallet.webhook.log_path.read_bytes() + wallet.app.log.read_bytes())

    settled, pushed = said(by_reference, log, {"REFERENCE": reference})
    assert (settled["process"], settled["event"], pushed["process"], pushed["event"]) == (
        *("webhook", "settled"),
        *("app", "pushed"),
    )
    ((*about, request_id),) = settled["messages"]
    assert about == [message_id, reference, "credited"]
    assert (pushed["credited"], pushed["tabs"]) == ([[reference, request_id]], 1)
    assert said(by_request, log, {"REQUEST_ID": request_id}) == [settled, pushed]
