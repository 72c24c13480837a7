import httpx

from tests.scale.conftest import READ_PAGE, Person
from tests.scale.machines import Machines


def test_signing_out_on_one_machine_ends_the_session_on_the_other(machines: Machines, alice: Person) -> None:
    first, second = machines.apps
    tab = alice.tab(second.address)
    headers = {"Origin": first.address, "Cookie": alice.cookie}
    answer = httpx.post(f"{first.address}/auth/signout", headers=headers)
    assert answer.status_code == 303
    tab.send(READ_PAGE)
    answers = tab.until("/signin")
    assert alice.name not in answers
    assert httpx.get(f"{second.address}/api/me", headers={"Cookie": alice.cookie}).status_code == 401
