"""The codes of the API itself, and the HTTP status of every code that a call may be answered with."""

from typing import Final

from core.lib import codes  # noqa: F401  registers codes that are used here
from core.lib.problems import Code, register

_AREA = "API"
register(
    Code("TOKEN_MISSING", _AREA, "The call brings no token.", "Send the header Authorization: Bearer TOKEN."),
    Code("TOKEN_UNKNOWN", _AREA, "There is no such token.", "Copy the whole token, or make a new one under Setup > API tokens."),
    Code("TOKEN_REVOKED", _AREA, "The token was revoked.", "Make a new one under Setup > API tokens.", "The token {token} was revoked."),
    Code(
        "TOKEN_EXPIRED",
        _AREA,
        "The token's time is over.",
        "Make a new one under Setup > API tokens.",
        "The time of the token {token} is over.",
    ),
    Code(
        "VERB_NOT_ALLOWED",
        _AREA,
        "The token may not do that.",
        "Use a token with the verb that the answer names.",
        "The token {token} needs the verb {verb}.",
    ),
    Code(
        "STORE_NOT_ALLOWED",
        _AREA,
        "The token is not for that store.",
        "Use a token that was given the store.",
        "The token {token} is not for store {store}.",
    ),
    Code(
        "UNKNOWN_ADDRESS",
        _AREA,
        "The API has no such address.",
        "Look the address up in /api/v1/docs.",
        "The API has no address {address}.",
    ),
    Code(
        "UNKNOWN_CAUSE",
        _AREA,
        "Nothing with that cause is open in the stores of the token.",
        "Name a cause as GET inbox gives it; what is cured is not open any more.",
        "Nothing with the cause {code} is open in the stores of this token.",
    ),
    Code(
        "UNKNOWN_JOB",
        _AREA,
        "This token asked for no such job.",
        "Use the token that asked, and the number that the answer gave.",
        "This token asked for no job {job}.",
    ),
    Code(
        "METHOD_NOT_ALLOWED",
        _AREA,
        "The address does not take that method.",
        "Use one of those in the header Allow.",
        "{method} is not for this address; it takes {allowed}.",
    ),
    Code(
        "NOT_ACCEPTABLE",
        _AREA,
        "The call accepts no JSON, and there is nothing else.",
        "Send Accept: application/json.",
        "The call accepts no JSON.",
    ),
    Code(
        "IDEMPOTENCY_KEY_REUSED",
        _AREA,
        "The Idempotency-Key came before with another call.",
        "Use a new key for each new call; repeat a call exactly as it was.",
        "The key {key} came before with another call.",
    ),
    Code(
        "IDEMPOTENCY_KEY_BUSY",
        _AREA,
        "The first call with this Idempotency-Key is still in work.",
        "Repeat the call in some seconds.",
        "The call with the key {key} is still in work.",
    ),
    Code(
        "BAD_IDEMPOTENCY_KEY",
        _AREA,
        "The Idempotency-Key cannot be used.",
        "Use 1 to 200 printable ASCII characters, such as a UUID.",
        "The Idempotency-Key must be 1 to 200 printable ASCII characters without blanks.",
    ),
    Code(
        "BAD_PARAMETER",
        _AREA,
        "A parameter of the address cannot be used.",
        "Correct it as /api/v1/docs says.",
        {"": "A parameter cannot be used ({reasons}).", "unknown": "The address has no parameter {name}."},
    ),
    Code(
        "BAD_CURSOR",
        _AREA,
        "The cursor is not one that this list gave.",
        "Start with the first page, without `after`.",
        "The cursor in `after` is not one that this list gave.",
    ),
    Code(
        "BODY_TOO_LARGE", _AREA, "The body is larger than a call may be.", "Send it in several calls.", "The body is larger than {most} MB."
    ),
    Code(
        "TOO_MANY_ROWS",
        _AREA,
        "The call brings more rows than one call may.",
        "Send them in several calls.",
        "The call brings {rows} rows; at most {most} are taken at once.",
    ),
    Code("NO_ROWS", _AREA, "The call brings nothing to keep.", "Send at least one row.", "The body holds no row."),
    Code(
        "WRONG_CONTENT_TYPE",
        _AREA,
        "The body is of a type that is not understood.",
        "Send application/json, or application/x-ndjson.",
        "The body must be of one of the types {types}, and not packed.",
    ),
    Code(
        "TOO_MANY_CALLS",
        _AREA,
        "The token called too often.",
        "Wait as long as the header Retry-After says.",
        "The token {token} may call {most} times a minute.",
    ),
    Code(
        "BUSY",
        _AREA,
        "Others worked on the same things for too long.",
        "Repeat the call in some seconds.",
        "Others work on the same order or stock; nothing was done.",
    ),
    Code(
        "DATABASE_AWAY",
        _AREA,
        "The database is away at the moment; nothing was done.",
        "Repeat the call in some seconds.",
        "The database is away at the moment; nothing was done.",
    ),
    Code(
        "UNEXPECTED_ERROR_IN_CALL",
        _AREA,
        "The call met a mistake in the program.",
        "Report it; nothing was changed.",
        "The call met a mistake in the program; nothing was changed.",
    ),
)

# What is no JSON at all, or no parameter, is 400; what was read and cannot be done is 422, unless it stands here.
STATUS_OF: Final = {
    **dict.fromkeys(("BAD_JSON", "BAD_ENCODING", "BAD_IDEMPOTENCY_KEY", "BAD_PARAMETER"), 400),
    **dict.fromkeys(("TOKEN_MISSING", "TOKEN_UNKNOWN", "TOKEN_REVOKED", "TOKEN_EXPIRED"), 401),
    **dict.fromkeys(("VERB_NOT_ALLOWED", "STORE_NOT_ALLOWED"), 403),
    **dict.fromkeys(("UNKNOWN_ADDRESS", "UNKNOWN_CAUSE", "UNKNOWN_JOB", "UNKNOWN_ORDER", "UNKNOWN_STATEMENT"), 404),
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    **dict.fromkeys(
        (
            "AMBIGUOUS_NUMBER",
            "CONFLICT",
            "DELIVERY_IN_PROGRESS",
            "ORDER_CHANGED",
            "ORDER_CLOSED",
            "DELIVERY_REPLACED",
            "NOTHING_TO_DELIVER",
            "NOTHING_TO_POST",
            "NOT_POSTED",
            "REVERSED_ALREADY",
            "IDEMPOTENCY_KEY_BUSY",
        ),
        409,
    ),
    **dict.fromkeys(("BODY_TOO_LARGE", "TOO_MANY_ROWS"), 413),
    "WRONG_CONTENT_TYPE": 415,
    "TOO_MANY_CALLS": 429,
    "UNEXPECTED_ERROR_IN_CALL": 500,
    **dict.fromkeys(("DATABASE_AWAY", "BUSY"), 503),
}
