"""The language: as it was chosen, else as the browser asks, else English; pages, sentences and files follow it."""

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.architecture.source import ROOT
from tests.interface.test_a_statement_is_a_file import csv_of, row, statement
from wallet_app.edge import Edge
from wallet_app.formatting import clock_time, day, full_when, month
from wallet_app.paths import HOME, SETTINGS, SIGN_IN
from wallet_app.routes import build_routes
from wallet_app.sentences import sentence
from wallet_app.state.history_filter import HistoryFilter
from wallet_app.statements.letters import MISSING
from wallet_app.statements.pdf_file import draw_pdf
from wallet_app.words.books import Language
from wallet_app.words.building import Languages
from wallet_app.words.choosing import language_of, wished_language
from wallet_app.words.saying import language_asking
from wallet_core.errors import TooManyAttempts

ENGLISH, HINDI = Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", ENGLISH),
        ("hi", HINDI),
        ("hi-IN", HINDI),
        ("HI-in", HINDI),
        ("hi-Deva-IN,en;q=0.9", HINDI),
        ("en-IN,en;q=0.9,hi;q=0.8", ENGLISH),
        ("en;q=0.5, hi;q=0.9", HINDI),
        ("en ; q=0.2 , hi ; q=0.3", HINDI),
        ("ta-IN,ta;q=0.9,hi;q=0.5,en;q=0.4", HINDI),
        ("hi;q=0", ENGLISH),
        ("hi;q=0.000,en;q=0.001", ENGLISH),
        ("fr,de", ENGLISH),
        ("*", ENGLISH),
        ("hin", ENGLISH),
        ("hi_IN", ENGLISH),
        ("hi;q=2", ENGLISH),
        ("hi;q=nonsense", ENGLISH),
        (",,;;q=,\x00,हिन्दी", ENGLISH),
        ("x" * 600 + ",hi", ENGLISH),
    ],
)
def test_the_browser_is_asked(header: str, language: Language) -> None:
    assert wished_language(header) == language


@pytest.mark.parametrize(
    ("cookie", "language"),
    [
        ("wallet_language=en", ENGLISH),
        ("other=hi; wallet_language=en; more=1", ENGLISH),
        ("wallet_language=nonsense", HINDI),
        ("wallet_language=", HINDI),
        ("not_wallet_language=en", HINDI),
    ],
)
def test_a_choice_comes_before_the_browser(cookie: str, language: Language) -> None:
    assert language_of({"cookie": cookie, "accept-language": "hi"}) == language


@pytest.fixture
def in_hindi() -> Iterator[None]:
    before = language_asking.set(HINDI)
    yield
    language_asking.reset(before)


@pytest.mark.usefixtures("in_hindi")
def test_moments_read_as_they_are_said_in_hindi() -> None:
    today = date(2026, 11, 23)
    assert clock_time(datetime(2026, 11, 20, 14, 12, tzinfo=UTC)) == "7:42\N{NO-BREAK SPACE}pm"
    assert (
        full_when(datetime(2026, 11, 20, 14, 12, tzinfo=UTC))
        == "20\N{NO-BREAK SPACE}नवंबर 2026, 7:42\N{NO-BREAK SPACE}pm IST"
    )
    assert day(today, today) == "आज"
    assert day(date(2026, 11, 22), today) == "कल"
    assert day(date(2026, 11, 2), today) == "सोम, 2\N{NO-BREAK SPACE}नवंबर"
    assert month(date(2026, 3, 1)) == "मार्च 2026"


@pytest.mark.usefixtures("in_hindi")
def test_a_refusal_spells_its_details_in_the_same_language() -> None:
    assert sentence(TooManyAttempts(retry_after_s=90)) == ("बहुत बार कोशिश हो चुकी है। 2 मिनट रुकें, फिर कोशिश करें।")


@pytest.mark.usefixtures("in_hindi")
def test_a_statement_is_written_in_the_same_language() -> None:
    sheet = PdfReader(io.BytesIO(draw_pdf(statement([row(1_00)]), HistoryFilter(show="in"))))
    assert sheet.metadata is not None
    assert sheet.metadata.title == "वॉलेट स्टेटमेंट, 1\N{NO-BREAK SPACE}नवंबर 2026 से 30\N{NO-BREAK SPACE}नवंबर 2026 तक"
    assert sheet.trailer["/Root"]["/Lang"] == "hi-IN"
    assert "Wallet" not in (text := sheet.pages[0].extract_text())
    assert MISSING not in text
    table = csv_of(statement([row(1_00)])).decode("utf-8-sig").splitlines()
    assert table[0] == "तारीख,समय (IST),प्रकार,नाम,नोट,रेफ़रेंस नंबर,स्थिति,रकम (INR),बैलेंस (INR)"
    assert "मिले" in table[2]


def answer(app: Starlette, method: str, path: str, headers: dict[str, str], **form: str) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=Edge(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            return await client.request(method, path, headers=headers, data=form or None)

    return asyncio.run(call())


async def name_path(request: Request) -> Response:
    """Says which built file would be sent."""
    return HTMLResponse(request.url.path)


async def not_there(_request: Request) -> Response:
    return HTMLResponse("nothing here", 404)


BUILT = Starlette(
    routes=[
        *(Route(path, name_path) for path in ("/signin/", "/in-hi/signin/", "/in-hi/404.html", "/transactions/P-1")),
        *(Route(path, name_path) for path in ("/operator/index.html", "/dashboard/index.html", "/404.html")),
        Route("/{path:path}", not_there),
    ]
)


def test_a_page_is_sent_in_the_language_of_its_reader() -> None:
    for wish, path, tag in (
        ("hi", "/in-hi/signin/", "hi-IN"),
        ("en", "/signin/", "en-IN"),
        ("fr", "/signin/", "en-IN"),
    ):
        page = answer(BUILT, "GET", SIGN_IN, {"Accept-Language": wish})
        assert (page.text, page.headers["content-language"]) == (path, tag)
        assert {"Cookie", "Accept-Language"} <= set(page.headers["vary"].replace(" ", "").split(","))


def test_the_websocket_of_a_page_is_told_its_language() -> None:
    page = answer(BUILT, "GET", SIGN_IN, {"Accept-Language": "hi"})
    assert page.headers["set-cookie"].startswith("wallet_language=hi;")
    assert "max-age" not in page.headers["set-cookie"].lower()
    for headers in ({"Accept-Language": "hi", "Cookie": "wallet_language=hi"}, {"Accept-Language": "en"}, {}):
        assert "set-cookie" not in answer(BUILT, "GET", SIGN_IN, headers).headers


def test_an_address_that_leads_nowhere_says_so_in_the_same_language() -> None:
    page = answer(BUILT, "GET", "/nothing", {"Accept-Language": "hi", "If-None-Match": "x"})
    assert (page.status_code, page.text) == (404, "/in-hi/404.html")


@pytest.mark.parametrize("path", ["/in-hi/signin/", "/in-hi/signin", "/in-hi"])
def test_a_language_is_no_part_of_an_address(path: str) -> None:
    assert answer(BUILT, "GET", path, {}).status_code == 404


@pytest.mark.parametrize("path", ["/operator/index.html", "/dashboard/index.html", "/404.html"])
def test_the_name_of_a_built_file_is_no_way_around_the_address_of_its_page(path: str) -> None:
    assert answer(BUILT, "GET", path, {}).status_code == 404


@pytest.mark.parametrize("page", ["/signin?next=/settings", "/there-is-no-such-page"])
def test_a_choice_is_kept_and_leads_back(page: str) -> None:
    headers = {"Origin": "http://localhost:3000", "Referer": f"http://localhost:3000{page}"}
    kept = answer(build_routes(), "POST", "/language", headers, language="hi")
    assert (kept.status_code, kept.headers["location"]) == (303, page)
    cookie = kept.headers["set-cookie"].lower()
    assert cookie.startswith("wallet_language=hi;")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=" in cookie


@pytest.mark.parametrize(
    "came_from",
    [
        "",
        "https://evil.example//evil.example/x",
        "https://evil.example/x",
        "http://localhost:3000//evil.example",
        "javascript:x",
        "/api/me",
        "http://[",
    ],
)
def test_a_choice_leads_nowhere_else(came_from: str) -> None:
    headers = {"Origin": "http://localhost:3000", "Referer": came_from}
    assert answer(build_routes(), "POST", "/language", headers, language="hi").headers["location"] == HOME


def test_a_choice_of_a_language_that_there_is_not_changes_nothing() -> None:
    headers = {"Origin": "http://localhost:3000", "Referer": f"http://localhost:3000{SETTINGS}/"}
    kept = answer(build_routes(), "POST", "/language", headers, language="xx")
    assert (kept.status_code, kept.headers["location"]) == (303, f"{SETTINGS}/")
    assert "set-cookie" not in kept.headers


def test_other_sites_cannot_choose() -> None:
    headers = {"Origin": "https://evil.example", "Accept-Language": "hi"}
    refused = answer(build_routes(), "POST", "/language", headers, language="hi")
    assert refused.status_code == 403
    assert refused.text == "यह फ़ॉर्म किसी और साइट से आया था, इसलिए रोक दिया गया। वॉलेट खोलें और फिर कोशिश करें।"


def test_a_form_that_names_no_host_is_refused() -> None:
    """HTTP/1.0 needs none; what cannot be compared with its Origin is not ours."""
    headers = {"Origin": "http://localhost:3000", "Host": ""}
    assert answer(build_routes(), "POST", "/language", headers, language="hi").status_code == 403


def test_a_build_keeps_every_page_once_for_each_language(tmp_path: Path) -> None:
    inner = "\ue000you\ue001आप\ue002"
    marked = f'<p title="\ue000Home\ue001होम\ue002">\ue000Hello {inner}!\ue001नमस्ते {inner}\ue002</p>'
    (tmp_path / "settings").mkdir()
    for name in ("settings/index.html", "__spa-fallback.html"):
        (tmp_path / name).write_text(marked, encoding="utf-8")
    source = (ROOT / "assets" / "manifest.webmanifest").read_text(encoding="utf-8")
    (tmp_path / "manifest.webmanifest").write_text(source, encoding="utf-8")
    worker = tmp_path / "service-worker.js"
    worker.write_text((ROOT / "assets" / "service-worker.js").read_text(encoding="utf-8"), encoding="utf-8")
    Languages().post_build(static_dir=tmp_path)
    english, hindi = '<p title="Home">Hello you!</p>', '<p title="होम">नमस्ते आप</p>'
    files = {str(page.relative_to(tmp_path)): page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html")}
    assert files == {
        "settings/index.html": english,
        "__spa-fallback.html": english,
        "in-hi/settings/index.html": hindi,
        "in-hi/__spa-fallback.html": hindi,
        "in-hi/404.html": hindi,
    }
    manifests = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.webmanifest")}
    assert manifests["manifest.webmanifest"] == json.loads(source)
    installed = manifests["manifest-hi.webmanifest"]
    assert (installed["name"], installed["lang"], installed["id"]) == ("वॉलेट", "hi-IN", "/")
    assert [shortcut["name"] for shortcut in installed["shortcuts"]] == ["पैसे भेजें", "पैसे जोड़ें", "हिस्ट्री"]
    for words in ('"title": "You are offline"', '"title": "आप ऑफ़लाइन हैं"'):
        assert words in worker.read_text(encoding="utf-8")
