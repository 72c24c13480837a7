"""What the bank says, parsed strictly, and only once its signature is right.

Keys that we do not know are ignored, so that the bank can add some without stopping our credits: what decides about
money is each of the keys below, and the order that they must agree with. What is not JSON after RFC 8259 (NaN,
a byte order mark), nested too deeply, or of another type by even a hair (``"500"``, ``500.0``) is refused.
"""

from typing import Annotated, Final, Literal

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    with_config,
)
from pydantic_core import core_schema, from_json
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from wallet_core.money import MAX_BIGINT
from wallet_core.views import BankMessage

#: The widest amount that the database can compare. Not the limit of one movement: an amount above that
#: disagrees with our order, and an operator must get to see it.
MAX_AMOUNT_PAISE: Final = MAX_BIGINT

#: RFC 3339; pydantic alone would also take "1700000000".
_MOMENT: Final = core_schema.str_schema(
    pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})\z",
    strict=True,
)


class InvalidMessage(Exception):
    """Signed by the bank, but not in the shape that was agreed. ``fields`` names what is wrong, never a value."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


#: Wider than the references that we make: one that is none of ours must reach the operator's list too.
_Name = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9._:-]{1,64}\z")]


def _after_rfc_3339(source: type, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    return core_schema.chain_schema([_MOMENT, handler(source)])


_STRICT: Final = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


# Dictionaries, not models: making two objects that live for a microsecond took as long as the checks.
@with_config(_STRICT)
class _Data(TypedDict):
    reference: _Name
    payment_id: _Name
    amount_paise: Annotated[int, Field(ge=1, le=MAX_AMOUNT_PAISE)]
    currency: Literal["INR"]


@with_config(_STRICT)
class _Message(TypedDict):
    type: Literal["payment.succeeded", "payment.failed"]
    #: When it happened at the bank. How fresh the message is stands in its signed header instead.
    timestamp: Annotated[AwareDatetime, Field(strict=False), GetPydanticSchema(_after_rfc_3339)]
    data: _Data


#: Without the adapter's own layer, which took as long as the checks.
_MESSAGE: Final = TypeAdapter(_Message).validator


def parse_message(message_id: str, body: bytes, request_id: str = "") -> BankMessage:
    """``message_id``: of the verified header. ``body``: UTF-8. ``request_id``: of the call. Raises: InvalidMessage."""
    try:
        message: _Message = _MESSAGE.validate_python(from_json(body, allow_inf_nan=False))
    except ValidationError as error:
        fields = {".".join(str(part) for part in found["loc"]) for found in error.errors(include_input=False)}
        raise InvalidMessage(sorted(fields)) from None
    except ValueError:
        raise InvalidMessage(["json"]) from None
    data = message["data"]
    return BankMessage(
        message_id=message_id,
        reference=data["reference"],
        payment_id=data["payment_id"],
        amount_paise=data["amount_paise"],
        succeeded=message["type"] == "payment.succeeded",
        body=body.decode("utf-8"),
        request_id=request_id,
    )
