"""Settings: sensible without any, checked before anything starts, and never shown with their secrets."""

import base64
import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wallet_core import config
from wallet_core.config import KEPT_FILE, KEYS_VARIABLE, Settings, get_settings, load_settings, read_or_make_secret
from wallet_core.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def new_secret(size_bytes: int = 32) -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(size_bytes)).decode()


def production() -> dict[str, str]:
    return {
        "WALLET_ENV": "production",
        "DATABASE_URL": "postgresql://wallet:planted-password@db.example/wallet",
        "WALLET_PUBLIC_URL": "https://wallet.example",
        "WALLET_BANK_URL": "https://bank.example/v1",
        "WALLET_BEHIND_TLS_PROXY": "true",
        KEYS_VARIABLE: new_secret(),
    }


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting but a data directory of the test's own."""
    for name in list(os.environ):
        if name.upper().startswith("WALLET_") or name.upper() in ("DATABASE_URL", "REFLEX_REDIS_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WALLET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def refusal(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, values)
    return str(refused.value)


def test_nothing_needs_to_be_set_for_development(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.env, settings.is_production, settings.database_url, settings.redis_url) == (
        "development",
        False,
        "",
        "",
    )
    assert (settings.app_port, settings.webhook_port, settings.bank_port) == (3000, 8001, 8002)
    assert (settings.public_url, settings.bank_url) == ("http://localhost:3000", "http://localhost:8002")
    assert not settings.cookies_secure
    assert settings.data_dir == tmp_path / "data"


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, {"WALLET_APP_PORT": "", "DATABASE_URL": "", "WALLET_ENV": "", KEYS_VARIABLE: ""})
    assert settings.app_port == 3000
    assert len(settings.bank_webhook_secrets) == 1


def test_addresses_follow_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, {"WALLET_APP_PORT": "3100", "WALLET_BANK_PORT": "8102"})
    assert (settings.public_url, settings.bank_url) == ("http://localhost:3100", "http://localhost:8102")


def test_the_data_directory_does_not_depend_on_where_one_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WALLET_DATA_DIR", ".data")
    settings = load_settings()
    monkeypatch.chdir("/")
    assert settings.data_dir == tmp_path / ".data"


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://wallet.example/", "https://wallet.example"),
        ("https://Wallet.Example:443", "https://wallet.example"),
        ("http://localhost:80", "http://localhost"),
        ("https://wallet.example:8443", "https://wallet.example:8443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_the_public_address_is_an_origin_as_browsers_write_it(
    monkeypatch: pytest.MonkeyPatch, typed: str, origin: str
) -> None:
    settings = load(monkeypatch, {"WALLET_PUBLIC_URL": typed})
    assert settings.public_url == origin
    assert settings.cookies_secure is origin.startswith("https")


def test_production_takes_a_whole_set_of_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old, new = new_secret(), new_secret()
    settings = load(monkeypatch, production() | {KEYS_VARIABLE: f"{new}, {old}", "REFLEX_REDIS_URL": "redis://r/0"})
    assert settings.is_production
    assert settings.cookies_secure
    assert settings.bank_webhook_secrets == (new, old)
    assert settings.bank_url == "https://bank.example/v1"
    assert not (tmp_path / "data").exists(), "production writes no secrets of its own"


WRONG_ANYWHERE = [
    ({"WALLET_ENV": "prod"}, "WALLET_ENV"),
    ({"WALLET_APP_PORT": "http"}, "WALLET_APP_PORT"),
    ({"WALLET_APP_PORT": "0"}, "WALLET_APP_PORT"),
    ({"WALLET_WEBHOOK_PORT": "65536"}, "WALLET_WEBHOOK_PORT"),
    ({"WALLET_BANK_PORT": "-1"}, "WALLET_BANK_PORT"),
    ({"WALLET_BANK_PORT": "80_02"}, "WALLET_BANK_PORT"),
    ({"WALLET_BANK_PORT": "８００２"}, "WALLET_BANK_PORT"),
    ({"WALLET_BANK_PORT": "8002.0"}, "WALLET_BANK_PORT"),
    ({"WALLET_APP_PORT": "8001"}, "WALLET_APP_PORT and WALLET_WEBHOOK_PORT are both 8001"),
    ({"WALLET_BANK_PORT": "3000"}, "WALLET_APP_PORT and WALLET_BANK_PORT are both 3000"),
    ({"DATABASE_URL": "mysql://localhost/wallet"}, "DATABASE_URL"),
    ({"REFLEX_REDIS_URL": "localhost:6379"}, "REFLEX_REDIS_URL"),
    ({"WALLET_DIRECT_DATABASE_URL": "localhost:5432"}, "WALLET_DIRECT_DATABASE_URL"),
    (
        {"WALLET_DIRECT_DATABASE_URL": "postgresql://db/wallet"},
        "WALLET_DIRECT_DATABASE_URL is set and DATABASE_URL is not",
    ),
    ({"WALLET_PUBLIC_URL": "wallet.example"}, "WALLET_PUBLIC_URL"),
    ({"WALLET_PUBLIC_URL": "ftp://wallet.example"}, "WALLET_PUBLIC_URL"),
    ({"WALLET_PUBLIC_URL": "https://wallet.example/app"}, "WALLET_PUBLIC_URL"),
    ({"WALLET_PUBLIC_URL": "https://wallet.example:port"}, "WALLET_PUBLIC_URL"),
    ({"WALLET_PUBLIC_URL": "https://user:planted-password@wallet.example"}, "WALLET_PUBLIC_URL"),
    ({"WALLET_PUBLIC_URL": "https://wallet example"}, "WALLET_PUBLIC_URL"),
    ({"WALLET_BANK_URL": "javascript:alert(1)"}, "WALLET_BANK_URL"),
    ({"WALLET_BANK_URL": "https://bank.example/?key=planted-password"}, "WALLET_BANK_URL"),
    ({"WALLET_BEHIND_TLS_PROXY": "perhaps"}, "WALLET_BEHIND_TLS_PROXY"),
    ({KEYS_VARIABLE: "planted-password"}, "whsec_"),
    ({KEYS_VARIABLE: "whsec_planted-password!"}, "not base64"),
    ({KEYS_VARIABLE: "whsec_"}, "0 bytes"),
    ({KEYS_VARIABLE: new_secret(23)}, "23 bytes"),
    ({KEYS_VARIABLE: new_secret(65)}, "65 bytes"),
    ({KEYS_VARIABLE: ",".join(new_secret() for _ in range(3))}, "more than two"),
    ({KEYS_VARIABLE: f"{PUBLISHED},{PUBLISHED}"}, "twice"),
]


@pytest.mark.parametrize(("values", "part"), WRONG_ANYWHERE, ids=[str(index) for index in range(len(WRONG_ANYWHERE))])
def test_each_wrong_setting_has_a_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], part: str
) -> None:
    sentence = refusal(monkeypatch, values)
    (name,) = values
    assert part in sentence
    assert name in sentence
    assert "\n" not in sentence
    assert "planted-password" not in sentence
    assert not any(
        secret.strip() in sentence for secret in values.get(KEYS_VARIABLE, "-").split(",") if len(secret) > 6
    )


UNFIT_FOR_PRODUCTION = [
    ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
    ({KEYS_VARIABLE: ""}, f"{KEYS_VARIABLE} is missing"),
    ({KEYS_VARIABLE: PUBLISHED}, "published or guessable"),
    ({KEYS_VARIABLE: f"{new_secret()},{PUBLISHED}"}, "published or guessable"),
    ({KEYS_VARIABLE: "whsec_" + base64.b64encode(b"secret" * 4).decode()}, "published or guessable"),
    ({KEYS_VARIABLE: "whsec_" + base64.b64encode(bytes(32)).decode()}, "published or guessable"),
    ({"WALLET_PUBLIC_URL": ""}, "WALLET_PUBLIC_URL is not https"),
    ({"WALLET_PUBLIC_URL": "http://wallet.example"}, "WALLET_PUBLIC_URL is not https"),
    ({"WALLET_BEHIND_TLS_PROXY": ""}, "WALLET_BEHIND_TLS_PROXY is not true"),
    ({"WALLET_BEHIND_TLS_PROXY": "false"}, "WALLET_BEHIND_TLS_PROXY is not true"),
    ({"WALLET_BANK_URL": ""}, "WALLET_BANK_URL is missing"),
    ({"WALLET_BANK_URL": "http://localhost:8002"}, "WALLET_BANK_URL is missing or not https"),
]


@pytest.mark.parametrize(
    ("values", "part"), UNFIT_FOR_PRODUCTION, ids=[str(index) for index in range(len(UNFIT_FOR_PRODUCTION))]
)
def test_production_refuses_what_development_forgives(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], part: str
) -> None:
    sentence = refusal(monkeypatch, production() | values)
    assert part in sentence
    assert "\n" not in sentence
    monkeypatch.setenv("WALLET_ENV", "development")
    assert load_settings().env == "development"


def test_everything_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = refusal(monkeypatch, {"WALLET_ENV": "production"}).splitlines()
    assert [sentence.split()[0] for sentence in sentences] == [
        "DATABASE_URL",
        KEYS_VARIABLE,
        "WALLET_PUBLIC_URL",
        "WALLET_BEHIND_TLS_PROXY",
        "WALLET_BANK_URL",
    ]


def test_a_wrong_port_hides_no_other_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = refusal(monkeypatch, {"WALLET_APP_PORT": "x", "WALLET_BANK_PORT": "y", "WALLET_ENV": "z"}).splitlines()
    assert [sentence.split()[0] for sentence in sentences] == ["WALLET_ENV", "WALLET_APP_PORT", "WALLET_BANK_PORT"]


def test_settings_are_shown_without_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    values = production() | {"REFLEX_REDIS_URL": "redis://:planted-password@redis.example"}
    settings = load(monkeypatch, values)
    for shown in (repr(settings), str(settings), f"{settings}", "%s" % settings):  # noqa: UP031 (logging does this)
        assert "planted-password" not in shown
        assert values[KEYS_VARIABLE] not in shown


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    try:
        settings = get_settings()
        monkeypatch.setenv("WALLET_APP_PORT", "4000")
        assert get_settings() is settings
    finally:
        get_settings.cache_clear()


def test_the_development_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_settings().bank_webhook_secrets
    assert load_settings().bank_webhook_secrets == first
    path = tmp_path / "data" / KEPT_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [KEPT_FILE], "no draft is left behind"


def test_the_secret_is_never_open_to_others_not_even_while_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link, modes = os.link, []

    def look(source: Path, target: Path) -> None:
        modes.append(stat.S_IMODE(source.stat().st_mode))
        link(source, target)

    monkeypatch.setattr(config.os, "link", look)
    read_or_make_secret(tmp_path)
    assert modes == [0o600]


def test_a_secret_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    secret = read_or_make_secret(tmp_path)
    (tmp_path / KEPT_FILE).chmod(0o644)
    assert read_or_make_secret(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / KEPT_FILE).stat().st_mode) == 0o600


def test_a_secret_that_is_set_goes_before_the_kept_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = new_secret()
    assert load(monkeypatch, {KEYS_VARIABLE: secret}).bank_webhook_secrets == (secret,)
    assert not (tmp_path / "data").exists()


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from wallet_core.config import read_or_make_secret; sys.stdin.readline(); "
        "print(read_or_make_secret(pathlib.Path(sys.argv[1])))"
    )
    folder = tmp_path / "shared"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate()[0].strip() for child in children]
    assert len(set(answers)) == 1
    assert answers[0].startswith("whsec_")
    assert [entry.name for entry in folder.iterdir()] == [KEPT_FILE]


def test_who_comes_second_takes_the_secret_of_who_came_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    link = os.link
    theirs = new_secret()

    def somebody_is_faster(source: Path, target: Path) -> None:
        target.write_text(f"{KEYS_VARIABLE}={theirs}\n")
        link(source, target)

    monkeypatch.setattr(config.os, "link", somebody_is_faster)
    assert read_or_make_secret(tmp_path) == theirs
    assert [entry.name for entry in tmp_path.iterdir()] == [KEPT_FILE]


@pytest.mark.parametrize("content", ["", "\n", f"{KEYS_VARIABLE}=\n", "something else", "\x00" * 40])
def test_a_spoilt_secrets_file_is_not_guessed_at(tmp_path: Path, content: str) -> None:
    (tmp_path / KEPT_FILE).write_text(content)
    with pytest.raises(SettingsError, match=r"secrets\.env has no .* remove the file"):
        read_or_make_secret(tmp_path)


def test_a_data_directory_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "WALLET_DATA_DIR" in refusal(monkeypatch, {"WALLET_DATA_DIR": str(tmp_path / "file")})
    assert "WALLET_DATA_DIR" in refusal(monkeypatch, {"WALLET_DATA_DIR": str(tmp_path / "file" / "below")})
    (tmp_path / "data" / KEPT_FILE).mkdir(parents=True)
    assert KEPT_FILE in refusal(monkeypatch, {"WALLET_DATA_DIR": str(tmp_path / "data")})
