"""``python -m bench.payers URL THREADS SECONDS [hot]``: people who pay, in threads of a process of their own.

Prints how many payments a second ``services.payments.send_money`` made. With ``hot`` everybody pays one merchant.
"""

import random
import sys
import threading
import time
from uuid import UUID

from bench.ground import PEOPLE
from wallet_core import db
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money


def main(arguments: list[str]) -> None:
    url, threads, seconds, *hot = arguments
    db.configure(url)
    people = [UUID(f"00000000-0000-4000-8000-{number:012}") for number in range(1, PEOPLE + 1)]
    counts = [0] * int(threads)
    start = threading.Barrier(int(threads) + 1)
    ends = 0.0

    def pay(number: int) -> None:
        chance = random.Random(number)
        start.wait()
        while time.monotonic() < ends:
            payer, payee = chance.sample(people, 2)
            if hot:
                payer, payee = (payee if payer == people[0] else payer), people[0]
            send_money(person_id=payer, payee_id=payee, amount_paise=1, note="tea", key=new_token())
            counts[number] += 1

    payers = [threading.Thread(target=pay, args=(number,)) for number in range(int(threads))]
    for payer in payers:
        payer.start()
    send_money(person_id=people[1], payee_id=people[2], amount_paise=1, note="warm", key=new_token())
    ends = time.monotonic() + int(seconds)
    started = time.monotonic()
    start.wait()
    for payer in payers:
        payer.join()
    sys.stdout.write(f"{sum(counts) / (time.monotonic() - started)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
