"""The cookies of the interface: who is signed in, what the last form has to say, and whether the balance is hidden.

The first two are HttpOnly: no script of any page can read them, and only an HTTP answer can set them. (The fourth, the
language, is in words/choosing.py.)
"""

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import Final

from starlette.responses import Response

from wallet_core.config import get_settings
from wallet_core.ids import new_token
from wallet_core.views import NewSession

#: Long enough to follow one redirect and open the websocket, short enough to be gone at the next visit.
FLASH_LIFETIME_S: Final = 60

#: A browser sends at most a few cookies to us; a longer header is somebody's experiment.
MAX_COOKIE_HEADER_CHARACTERS: Final = 8192

#: Of each field that is filled again: the longest is a name. A cookie that is too long (4 KiB) is dropped by the
#: browser, and the refusal with it.
MAX_FIELD_CHARACTERS: Final = 80

#: A choice holds as long as browsers keep a cookie at most.
CHOICE_LIFETIME_S: Final = 400 * 24 * 3600

#: Of this browser, whoever is signed in. It opens nothing, so a script of ours may write it.
_HIDING_COOKIE: Final = "wallet_balance_hidden"

#: The code of a flash that brings good news.
PASSWORD_CHANGED: Final = "password-changed"


def session_cookie_name() -> str:
    """With https the ``__Host-`` prefix: the browser then refuses a cookie set by a sibling domain."""
    return "__Host-wallet_session" if get_settings().cookies_secure else "wallet_session"


def flash_cookie_name() -> str:
    """The same, or a sibling domain could put words into our mouth."""
    return "__Host-wallet_flash" if get_settings().cookies_secure else "wallet_flash"


def read_cookie(cookie_header: str, name: str) -> str | None:
    """The value of one cookie out of a Cookie header, or None."""
    if not cookie_header or len(cookie_header) > MAX_COOKIE_HEADER_CHARACTERS:
        return None
    for part in cookie_header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value.strip('"') or None
    return None


def read_session_token(cookie_header: str) -> str | None:
    """The session token out of a Cookie header, or None."""
    return read_cookie(cookie_header, session_cookie_name())


def set_session_cookie(response: Response, session: NewSession) -> None:
    """SameSite=Lax: the way back from the bank's page is a link from another site and must stay signed in."""
    response.set_cookie(
        session_cookie_name(),
        session.token,
        expires=session.expires_at,
        path="/",
        httponly=True,
        samesite="lax",
        secure=get_settings().cookies_secure,
    )


def clear_session_cookie(response: Response) -> None:
    response.delete_cookie(
        session_cookie_name(), path="/", httponly=True, samesite="lax", secure=get_settings().cookies_secure
    )


@dataclass(frozen=True, slots=True)
class Flash:
    """What a form that was sent as a plain HTTP POST has to say on the page that follows.

    ``fields`` are refilled into the form: never a password.
    """

    form: str
    code: str
    details: dict[str, str | int] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    #: Tells one from the next: the cookie outlives the page that it was made for, and is shown once.
    id: str = field(default_factory=new_token)


def set_flash(response: Response, flash: Flash) -> None:
    fields = {name: value[:MAX_FIELD_CHARACTERS] for name, value in flash.fields.items()}
    text = json.dumps({**asdict(flash), "fields": fields}, ensure_ascii=True)
    response.set_cookie(
        flash_cookie_name(),
        base64.urlsafe_b64encode(text.encode()).decode(),
        max_age=FLASH_LIFETIME_S,
        path="/",
        httponly=True,
        samesite="lax",
        secure=get_settings().cookies_secure,
    )


def clear_flash(response: Response) -> None:
    response.delete_cookie(
        flash_cookie_name(), path="/", httponly=True, samesite="lax", secure=get_settings().cookies_secure
    )


def read_flash(cookie_header: str, form: str) -> Flash | None:
    """The flash for this form, or None; whatever else stands in the cookie is ignored, it came from outside."""
    raw = read_cookie(cookie_header, flash_cookie_name())
    if raw is None:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(raw.encode()))
        flash = Flash(
            form=str(value["form"]),
            code=str(value["code"]),
            details={str(key): item for key, item in value["details"].items() if isinstance(item, str | int)},
            fields={str(key): str(item)[:MAX_FIELD_CHARACTERS] for key, item in value["fields"].items()},
            id=str(value["id"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return flash if flash.form == form else None


def hides_balance(cookie_header: str) -> bool:
    """Whether this browser was told to hide the balance."""
    return read_cookie(cookie_header, _HIDING_COOKIE) == "1"


def hiding_cookie(*, is_hidden: bool) -> str:
    """For ``document.cookie``. The path makes it one cookie, whatever page writes it."""
    lifetime_s = CHOICE_LIFETIME_S if is_hidden else 0
    secure = "; secure" if get_settings().cookies_secure else ""
    return f"{_HIDING_COOKIE}=1; path=/; max-age={lifetime_s}; samesite=lax{secure}"
