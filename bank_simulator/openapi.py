"""The bank's HTTP API for programs, described once: served as openapi.json and drawn as a page from the same words."""

from html import escape
from typing import Any, Final

from bank_simulator.faults import Event
from bank_simulator.markup import frame
from bank_simulator.payments import BANKS, CURRENCY, MAX_AMOUNT_PAISE, MAX_URL_CHARACTERS

_REFERENCE: Final = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$", "example": "A-8K2F41QFZ09XYA"}
_AMOUNT: Final = {"type": "integer", "minimum": 1, "maximum": MAX_AMOUNT_PAISE, "example": 50050}
_CURRENCY: Final = {"type": "string", "enum": [CURRENCY]}
_BANK: Final = {"type": "string", "enum": list(BANKS)}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


_SCHEMAS: Final = {
    "PaymentRequest": {
        **_object(
            {
                "reference": _REFERENCE,
                "amount_paise": _AMOUNT,
                "currency": _CURRENCY,
                "bank": _BANK,
                "return_url": {
                    "type": "string",
                    "format": "uri",
                    "maxLength": MAX_URL_CHARACTERS,
                    "description": "http or https. Where the person goes afterwards; the first one given counts.",
                    "example": "http://localhost:3000/transfer",
                },
            }
        ),
        "additionalProperties": False,
    },
    "Payment": _object(
        {
            "payment_id": {"type": "string"},
            "reference": _REFERENCE,
            "amount_paise": _AMOUNT,
            "currency": _CURRENCY,
            "bank": _BANK,
            "status": {"type": "string", "enum": ["pending", "succeeded", "failed", "expired"]},
            "page_url": {"type": "string", "format": "uri", "description": "Where the person approves or declines."},
            "expires_at": {"type": "string", "format": "date-time"},
        }
    ),
    "Statement": _object(
        {
            "lines": {
                "type": "array",
                "description": "Payments that succeeded, in that order.",
                "items": {"type": "object"},
            },
            "next": {"type": "string", "description": "For after, in the next question."},
            "has_more": {"type": "boolean"},
        }
    ),
    "Error": _object({"code": {"type": "string", "example": "not-found"}, "message": {"type": "string"}}),
    "Message": _object(
        {
            "type": {"type": "string", "enum": [event.value for event in Event]},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _object(
                {
                    "reference": _REFERENCE,
                    "payment_id": {"type": "string"},
                    "amount_paise": _AMOUNT,
                    "currency": _CURRENCY,
                }
            ),
        }
    ),
}

DESCRIPTION: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Demo bank",
        "version": "1",
        "description": "Stands for a bank while a wallet is built and tested. No real money.",
    },
    "paths": {
        "/api/payments": {
            "post": {
                "summary": "Ask for a payment",
                "description": "The same reference, amount and bank answer the same payment, so asking again is "
                "harmless.",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentRequest"}}},
                },
                "responses": {
                    "201": _answer("A new payment.", "Payment"),
                    "200": _answer("The payment that this reference has already.", "Payment"),
                    "409": _answer("The reference is taken by a payment of another amount or bank.", "Error"),
                    "413": {"description": "The body is larger than 16 KiB."},
                    "415": _answer("The body is not application/json.", "Error"),
                    "422": _answer("A field is missing or wrong.", "Error"),
                },
            },
            "get": {
                "summary": "Find a payment by its reference",
                "parameters": [{"name": "reference", "in": "query", "required": True, "schema": _REFERENCE}],
                "responses": {
                    "200": _answer("The payment.", "Payment"),
                    "404": _answer("No payment has this reference; the code is not-found.", "Error"),
                    "422": _answer("No reference was given.", "Error"),
                },
            },
        },
        "/api/statement": {
            "get": {
                "summary": "Read the statement",
                "description": "Payments that succeeded, up to two seconds ago, each once.",
                "parameters": [{"name": "after", "in": "query", "required": False, "schema": {"type": "string"}}],
                "responses": {
                    "200": _answer("A page.", "Statement"),
                    "422": _answer("after is not what a page called next.", "Error"),
                },
            }
        },
        "/healthz": {
            "get": {
                "summary": "Whether the bank works",
                "responses": {
                    "200": {"description": "It does."},
                    "503": {"description": "Its file cannot be read, or its queue stands still."},
                },
            }
        },
    },
    "webhooks": {
        "payment": {
            "post": {
                "summary": "What the bank tells the wallet",
                "description": "Signed after Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature). "
                "Repeated with the same webhook-id until it is answered with 2xx, at most 12 times; at most 4 times "
                "when it is refused with 4xx.",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}},
                },
                "responses": {
                    "2XX": {"description": "Taken; it is not sent again."},
                    "503": {"description": "Not now; Retry-After is heeded up to 30 seconds."},
                },
            }
        }
    },
    "components": {"schemas": _SCHEMAS},
}


def docs_page() -> str:
    """The description as a page for people."""
    info = DESCRIPTION["info"]
    paths = [
        _operation(f"{method.upper()} {path}", operation)
        for path, methods in DESCRIPTION["paths"].items()
        for method, operation in methods.items()
    ]
    hooks = [_operation("POST to the wallet", hook["post"]) for hook in DESCRIPTION["webhooks"].values()]
    schemas = [f"<h3>{escape(name)}</h3>\n<dl>{_fields(schema)}</dl>\n" for name, schema in _SCHEMAS.items()]
    return frame(
        f"<h1>{escape(info['title'])}: API</h1>\n<p>{escape(info['description'])}</p>\n"
        '<p><a class="link" href="/openapi.json">The same for programs: openapi.json</a></p>\n'
        f"{''.join(paths)}\n{''.join(hooks)}\n<h2>Shapes</h2>\n{''.join(schemas)}",
        title="Demo bank: API",
    )


def _operation(heading: str, operation: dict[str, Any]) -> str:
    answers = "".join(
        f"<div><dt>{escape(code)}</dt><dd>{escape(answer['description'])}</dd></div>"
        for code, answer in operation["responses"].items()
    )
    words = f"<p>{escape(operation['description'])}</p>" if "description" in operation else ""
    return (
        f"<h2><code>{escape(heading)}</code></h2>\n<p>{escape(operation['summary'])}.{_shape(operation)}</p>\n"
        f"{words}<dl>{answers}</dl>\n"
    )


def _fields(schema: dict[str, Any], within: str = "") -> str:
    """One line a field; the fields of an inner object are named ``data.reference``."""
    lines = []
    for name, field in schema["properties"].items():
        if field["type"] == "object":
            lines.append(_fields(field, f"{within}{name}."))
        else:
            lines.append(f"<div><dt><code>{escape(within + name)}</code></dt><dd>{escape(_rule(field))}</dd></div>")
    return "".join(lines)


def _rule(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " or ".join(field["enum"])
    parts = [field.get("format", field["type"])]
    if "minimum" in field:
        parts.append(f"{field['minimum']} to {field['maximum']}")
    parts += [field[key] for key in ("pattern", "description") if key in field]
    return ", ".join(parts)


def _shape(operation: dict[str, Any]) -> str:
    if "requestBody" in operation:
        name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        return f" The body is a {escape(name)}."
    named = [f"<code>?{escape(parameter['name'])}=</code>" for parameter in operation.get("parameters", [])]
    return f" With {', '.join(named)}." if named else ""
