"""The home page: what happened lately, the last seven days, and whom one has paid."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

import reflex as rx
import segno

from wallet_app import formatting
from wallet_app.asking import ask, signed_in
from wallet_app.paths import SEND
from wallet_app.state.activity_lines import ActivityLine, short_line
from wallet_app.state.week_bars import WeekBar, draw_week
from wallet_core.config import get_settings
from wallet_core.money import format_rupees
from wallet_core.services.activity import list_activity, read_week
from wallet_core.services.directory import list_recent_payees
from wallet_core.views import PersonCard
from wallet_core.week import summarise_week

#: As many as fit beside the chart without scrolling.
RECENT_ROWS: Final = 6

#: One row of faces, on a phone too.
AGAIN_PEOPLE: Final = 5

#: White around the code, in modules: ISO/IEC 18004 asks for four.
_QUIET_ZONE: Final = 4


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A face under "Send again"."""

    name: str
    short_name: str
    initials: str
    tone: str
    address: str


class DashboardState(rx.State):
    lines: list[ActivityLine] = []
    bars: list[WeekBar] = []
    week_in: str = ""
    week_out: str = ""
    week_top: str = ""
    is_week_empty: bool = False
    paid_before: list[PaidBefore] = []
    is_loaded: bool = False

    is_code_open: bool = False
    code_path: str = ""
    code_box: str = ""
    pay_address: str = ""
    is_copied: bool = False

    @rx.event
    async def load(self) -> None:
        person_id = signed_in().person_id
        page = await ask(list_activity, person_id=person_id, limit=RECENT_ROWS)
        days = await ask(read_week, person_id=person_id)
        people = await ask(list_recent_payees, person_id=person_id, limit=AGAIN_PEOPLE)
        week = summarise_week(days)
        self.lines = [short_line(row) for row in page.rows]
        self.bars = draw_week(days, week)
        self.week_in = format_rupees(week.in_paise)
        self.week_out = format_rupees(week.out_paise)
        self.week_top = format_rupees(week.top_paise).removesuffix(".00")
        self.is_week_empty = week.in_paise == 0 and week.out_paise == 0
        self.paid_before = [_paid_before(person) for person in people]
        self.is_loaded = True

    @rx.event
    def toggle_code(self) -> None:
        """Shows or hides the code that others scan to pay this person."""
        self.is_code_open = not self.is_code_open
        self.is_copied = False
        if self.is_code_open:
            self.pay_address = f"{get_settings().public_url}{SEND}?to={signed_in().person_id}"
            self.code_path, self.code_box = _draw_code(self.pay_address)

    @rx.event
    def note_copied(self) -> None:
        """The browser has copied the address; this says so."""
        self.is_copied = True


def _paid_before(person: PersonCard) -> PaidBefore:
    return PaidBefore(
        name=person.name,
        short_name=formatting.first_name(person.name),
        initials=formatting.initials(person.name),
        tone=formatting.tone(person.person_id),
        address=f"{SEND}?to={person.person_id}",
    )


def _draw_code(text: str) -> tuple[str, str]:
    """A QR code as the ``d`` of one SVG path, one unit a module, and its view box."""
    code = segno.make_qr(text, error="m")
    runs = []
    for row, modules in enumerate(code.matrix_iter(border=_QUIET_ZONE)):
        column = 0
        for is_dark, run in groupby(modules):
            length = len(list(run))
            runs += [f"M{column},{row}h{length}v1h-{length}z"] if is_dark else []
            column += length
    width, height = code.symbol_size(border=_QUIET_ZONE)
    return "".join(runs), f"0 0 {width} {height}"
