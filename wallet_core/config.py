"""Settings: read once from the environment, checked whole, and refused with sentences that say what to do.

In development a missing signing secret is made and kept in ``WALLET_DATA_DIR/secrets.env``, from where every
process reads it. Production makes nothing up: what is missing or weak stops the start.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from wallet_core.errors import SettingsError

KEPT_FILE: Final = "secrets.env"
KEYS_VARIABLE: Final = "WALLET_BANK_WEBHOOK_SECRETS"
KEY_PREFIX: Final = "whsec_"

#: Standard Webhooks 1.0 asks for 24 to 64 random bytes; ours are 32, the width of the HMAC.
SECRET_MIN_BYTES: Final = 24
SECRET_MAX_BYTES: Final = 64
SECRET_BYTES: Final = 32

#: One secret, or two while the bank changes from the old one to the new one.
MAX_SECRETS: Final = 2

#: 24 random bytes hold about 23 different ones, hex digits as text still 12 or more; "secret" over and over holds 5.
SECRET_MIN_DIFFERENT_BYTES: Final = 10

#: The example of the Standard Webhooks specification, copied into many a program; anybody can sign with it.
PUBLISHED_SECRETS: Final = frozenset({base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")})

#: The auditor looks at least this often; more than a minute between two looks is for tests.
AUDIT_EVERY_AT_MOST_S: Final = 3600

_MAKE_ONE: Final = "make one with: echo whsec_$(openssl rand -base64 32)"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_DATABASE_SCHEMES: Final = ("postgresql://", "postgres://", "postgresql+psycopg://")
_REDIS_SCHEMES: Final = ("redis://", "rediss://", "unix://")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def _text(value: object) -> str:
    return str(value).strip()


def _environment(value: object) -> str:
    if _text(value) not in ("development", "production"):
        raise ValueError("WALLET_ENV is neither development nor production: set it to one of the two, or leave it out.")
    return _text(value)


def _port(variable: str) -> Callable[[object], int]:
    def check(value: object) -> int:
        text = _text(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
            raise ValueError(f"{variable} is not a port: set it to a number from 1 to 65535.")
        return int(text)

    return check


def _port_or_none(variable: str) -> Callable[[object], int | None]:
    check = _port(variable)
    return lambda value: None if value is None else check(value)


def _audit_every_s(value: object) -> int:
    text = _text(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= AUDIT_EVERY_AT_MOST_S):
        raise ValueError(f"WALLET_AUDIT_EVERY_S is not a number of seconds from 1 to {AUDIT_EVERY_AT_MOST_S}.")
    return int(text)


def _host(variable: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        try:
            return str(IPv4Address(_text(value)))
        except ValueError:
            raise ValueError(
                f"{variable} is not an IPv4 address: set it to 127.0.0.1 (this machine only) or 0.0.0.0 (everybody)."
            ) from None

    return check


def _log_format(value: object) -> str:
    if _text(value) not in ("json", "text"):
        raise ValueError("WALLET_LOG_FORMAT is neither json nor text: set it to one of the two, or leave it out.")
    return _text(value)


def _flag(variable: str) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        text = _text(value).lower()
        if text not in _TRUE | _FALSE:
            raise ValueError(f"{variable} is neither true nor false: set it to one of the two, or leave it out.")
        return text in _TRUE

    return check


def _data_dir(value: object) -> Path:
    path = Path(_text(value)).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError("WALLET_DATA_DIR is not a directory: name a directory, or leave it out for .data.")
    return path


def _web_url(variable: str, *, with_path: bool) -> Callable[[object], str]:
    """A check for an http or https address. Answers it as a browser writes an Origin: lower case, no usual port."""

    def check(value: object) -> str:
        example = f"{variable} is not a web address: write it like https://wallet.example"
        end = "/api." if with_path else ", with nothing after the host."
        try:
            parts = urlsplit(_text(value))
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(example + end) from None
        extra = parts.username or parts.password or parts.query or parts.fragment
        path = parts.path.rstrip("/")
        unfit = any(not "!" <= character <= "~" for character in _text(value))
        if parts.scheme not in _DEFAULT_PORTS or not host or extra or unfit or (path and not with_path):
            raise ValueError(example + end)
        host = f"[{host}]" if ":" in host else host
        usual = port is None or port == _DEFAULT_PORTS[parts.scheme]
        return f"{parts.scheme}://{host}{'' if usual else f':{port}'}{path}"

    return check


def _one_of_schemes(variable: str, schemes: tuple[str, ...]) -> Callable[[object], str]:
    def check(value: object) -> str:
        text = _text(value)
        if text and not text.startswith(schemes):
            raise ValueError(f"{variable} does not start with {schemes[0]}: correct it, or leave it out.")
        return text

    return check


def decode_secret(secret: str) -> bytes:
    """The key inside ``whsec_<base64>``.

    Raises: ValueError, with a sentence that does not repeat the secret.
    """
    if not secret.startswith(KEY_PREFIX):
        raise ValueError(f"{KEYS_VARIABLE} holds a secret that does not start with whsec_: {_MAKE_ONE}")
    encoded = secret.removeprefix(KEY_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{KEYS_VARIABLE} holds a secret that is not base64: {_MAKE_ONE}") from None
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise ValueError(
            f"{KEYS_VARIABLE} holds a secret of {len(key)} bytes, not {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES}: "
            f"{_MAKE_ONE}"
        )
    return key


def _webhook_secrets(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else [str(part) for part in value]  # type: ignore[attr-defined]
    found = tuple(part.strip() for part in parts if part.strip())
    if len(found) > MAX_SECRETS:
        raise ValueError(f"{KEYS_VARIABLE} holds more than two secrets: keep the new one and the one it follows.")
    if len({decode_secret(secret) for secret in found}) < len(found):
        raise ValueError(f"{KEYS_VARIABLE} holds the same secret twice: name it once.")
    return found


def _is_weak(secret: str) -> bool:
    key = decode_secret(secret)
    return key in PUBLISHED_SECRETS or len(set(key)) < SECRET_MIN_DIFFERENT_BYTES


def _development_secrets(validated: dict[str, Any]) -> tuple[str, ...]:
    """What stands for missing secrets: in development the kept one, in production nothing (refused below)."""
    return (read_or_make_secret(validated["data_dir"]),) if validated["env"] == "development" else ()


def _development_bank_url(validated: dict[str, Any]) -> str:
    return f"http://localhost:{validated['bank_port']}"


class Settings(BaseSettings):
    """Every setting of every process. Fields stand in the order in which later ones are derived from earlier ones."""

    model_config = SettingsConfigDict(
        env_prefix="WALLET_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    env: Annotated[Literal["development", "production"], BeforeValidator(_environment)] = "development"
    #: "" stands for the embedded PostgreSQL. Hidden from repr, for it may carry a password.
    database_url: Annotated[str, BeforeValidator(_one_of_schemes("DATABASE_URL", _DATABASE_SCHEMES))] = Field(
        default="", validation_alias="DATABASE_URL", repr=False
    )
    #: "" where DATABASE_URL leads to PostgreSQL itself. Where that leads through a pooler which lends a connection for
    #: one transaction (PgBouncer), the way past it, for what needs a session of its own: LISTEN, migrations, backups.
    direct_database_url: Annotated[
        str, BeforeValidator(_one_of_schemes("WALLET_DIRECT_DATABASE_URL", _DATABASE_SCHEMES))
    ] = Field(default="", repr=False)
    #: For migrations only: the role that apps and webhooks connect as, whose rights they set (wallet_core/grants.py).
    serving_role: Annotated[str, BeforeValidator(_text)] = ""
    #: Where that role is made, if it is not there: a file with nothing but its password.
    serving_password_file: Path | None = None
    data_dir: Annotated[Path, BeforeValidator(_data_dir)] = Path(".data")
    app_port: Annotated[int, BeforeValidator(_port("WALLET_APP_PORT"))] = 3000
    webhook_port: Annotated[int, BeforeValidator(_port("WALLET_WEBHOOK_PORT"))] = 8001
    bank_port: Annotated[int, BeforeValidator(_port("WALLET_BANK_PORT"))] = 8002
    #: Where the processes listen. A container needs 0.0.0.0; elsewhere the proxy that ends TLS is on this machine.
    bind_host: Annotated[str, BeforeValidator(_host("WALLET_BIND_HOST"))] = "127.0.0.1"
    #: Where Prometheus reads the figures: never on the public ports. None: nowhere. A further process on the same
    #: machine takes the next free port (wallet_core/metrics.py).
    app_metrics_port: Annotated[int | None, BeforeValidator(_port_or_none("WALLET_APP_METRICS_PORT"))] = None
    webhook_metrics_port: Annotated[int | None, BeforeValidator(_port_or_none("WALLET_WEBHOOK_METRICS_PORT"))] = None
    metrics_host: Annotated[str, BeforeValidator(_host("WALLET_METRICS_HOST"))] = "127.0.0.1"
    #: Programs read the log of production, people that of development.
    log_format: Annotated[Literal["json", "text"], BeforeValidator(_log_format)] = Field(
        default_factory=lambda validated: "json" if validated["env"] == "production" else "text"
    )
    #: The origin that browsers see, such as ``https://wallet.example``: no path, no slash at the end.
    public_url: Annotated[str, BeforeValidator(_web_url("WALLET_PUBLIC_URL", with_path=False))] = Field(
        default_factory=lambda validated: f"http://localhost:{validated['app_port']}"
    )
    #: The base of the bank's API, without a slash at the end.
    bank_url: Annotated[str, BeforeValidator(_web_url("WALLET_BANK_URL", with_path=True))] = Field(
        default_factory=_development_bank_url
    )
    #: The first one signs (the demo bank uses it), each of them is accepted.
    bank_webhook_secrets: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_webhook_secrets)] = Field(
        default_factory=_development_secrets, repr=False
    )
    #: Between two looks of the auditor at all balances: a paisa too many is found, and frozen, within a minute.
    audit_every_s: Annotated[int, BeforeValidator(_audit_every_s)] = 20
    behind_tls_proxy: Annotated[bool, BeforeValidator(_flag("WALLET_BEHIND_TLS_PROXY"))] = False
    #: "" where one app worker serves. Hidden from repr, for it may carry a password.
    redis_url: Annotated[str, BeforeValidator(_one_of_schemes("REFLEX_REDIS_URL", _REDIS_SCHEMES))] = Field(
        default="", validation_alias="REFLEX_REDIS_URL", repr=False
    )

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def cookies_secure(self) -> bool:
        """Whether cookies carry ``Secure``: exactly where people come by https."""
        return self.public_url.startswith("https://")

    @model_validator(mode="after")
    def _refuse_unfit(self) -> Self:
        problems = (
            _port_problems(self) + _pooler_problems(self) + (_production_problems(self) if self.is_production else [])
        )
        if problems:
            raise ValueError("\n".join(problems))
        return self


def _port_problems(settings: Settings) -> list[str]:
    ports = {
        "WALLET_APP_PORT": settings.app_port,
        "WALLET_WEBHOOK_PORT": settings.webhook_port,
        "WALLET_BANK_PORT": settings.bank_port,
        "WALLET_APP_METRICS_PORT": settings.app_metrics_port,
        "WALLET_WEBHOOK_METRICS_PORT": settings.webhook_metrics_port,
    }
    names = [name for name, port in ports.items() if port is not None]
    return [
        f"{first} and {second} are both {ports[first]}: give each process a port of its own."
        for index, first in enumerate(names)
        for second in names[index + 1 :]
        if ports[first] == ports[second]
    ]


def _pooler_problems(settings: Settings) -> list[str]:
    if settings.direct_database_url and not settings.database_url:
        return ["WALLET_DIRECT_DATABASE_URL is set and DATABASE_URL is not: set that to the pooler's address."]
    return []


def _production_problems(settings: Settings) -> list[str]:
    """What development forgives. An operator gets all of it at once, a sentence each."""
    problems = []
    if not settings.database_url:
        # Backups, replicas and a disk that outlives the machine are the operator's, not a wheel's in a folder.
        problems.append("DATABASE_URL is missing: production needs a PostgreSQL of its own, postgresql://...")
    if not settings.bank_webhook_secrets:
        problems.append(f"{KEYS_VARIABLE} is missing: set the secret that the bank signs with (whsec_...).")
    if any(_is_weak(secret) for secret in settings.bank_webhook_secrets):
        problems.append(f"{KEYS_VARIABLE} holds a published or guessable secret: {_MAKE_ONE}")
    if not settings.cookies_secure:
        problems.append("WALLET_PUBLIC_URL is not https: set it to the https address that people type.")
    if not settings.behind_tls_proxy:
        problems.append(
            "WALLET_BEHIND_TLS_PROXY is not true: the app speaks plain http, so put a proxy that ends TLS and sets "
            "X-Forwarded-For in front of it, then set this to true."
        )
    if not settings.bank_url.startswith("https://"):
        # Also what keeps the demo bank out: it speaks http.
        problems.append("WALLET_BANK_URL is missing or not https: set it to the address of the real bank's API.")
    return problems


def _secrets_file_error(path: Path, what: str) -> SettingsError:
    return SettingsError(sentence=f"{path} {what}")


def _read_secret(path: Path) -> str:
    try:
        # A copy or an editor may have opened the file to others.
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except (OSError, UnicodeDecodeError):
        raise _secrets_file_error(path, "cannot be read: give this user access to it, or remove it.") from None
    values = [line.partition("=")[2].strip() for line in lines if line.startswith(f"{KEYS_VARIABLE}=")]
    if len(values) != 1 or not values[0]:
        raise _secrets_file_error(path, f"has no {KEYS_VARIABLE}: remove the file, and a new one is made.")
    return values[0]


def _write_secret(path: Path) -> None:
    """Writes a new secret beside ``path`` and links it there: complete or absent, and the first process wins."""
    secret = KEY_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(8)}")
    try:
        # The directory keeps its usual mode: the embedded database, under a user of its own, must pass through it.
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write("# Made once for development. Remove the file to get a new secret.\n")
                file.write(f"{KEYS_VARIABLE}={secret}\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except FileExistsError:
        if not path.is_file():
            raise _secrets_file_error(path, "cannot be written: something that is not a file stands there.") from None
    except OSError:
        raise _secrets_file_error(path, "cannot be written: set WALLET_DATA_DIR to a writable directory.") from None


def read_or_make_secret(data_dir: Path) -> str:
    """The development secret of this data directory; made at the first call, the same for every process.

    Raises: SettingsError.
    """
    path = data_dir / KEPT_FILE
    try:
        return _read_secret(path)
    except FileNotFoundError:
        _write_secret(path)
    try:
        return _read_secret(path)
    except FileNotFoundError:
        raise _secrets_file_error(path, "vanished while it was read: start again.") from None


def load_settings() -> Settings:
    """Reads the environment now; ``get_settings`` is what programs call.

    Raises: SettingsError, its sentence naming each wrong variable on a line of its own, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        sentences = [
            # Our own validators speak in sentences; the rest (none is known) at least names the field.
            str(found["ctx"]["error"]) if "error" in found.get("ctx", {}) else f"{found['loc']}: {found['msg']}"
            for found in error.errors(include_input=False, include_url=False)
            if found["type"] != "default_factory_not_called"
        ]
        raise SettingsError(sentence="\n".join(sentences)) from None


@cache
def get_settings() -> Settings:
    """The settings of this process, read at the first call (tests: ``get_settings.cache_clear()``).

    Raises: SettingsError.
    """
    return load_settings()
