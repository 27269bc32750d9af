"""Bodies of calls: one JSON object, an array of them, or NDJSON, as rows whose numbers are still the text that came in."""

import codecs
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import NamedTuple, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from core.api.answers import Reply, refusal
from core.api.caller import request_token
from core.api.services import run_idempotent
from core.files.json_problems import NOTHING_KNOWN, KnownFields, RepeatedFieldError, decode_json, json_problem, known_of
from core.files.source import LONGEST_LINE, Line
from core.lib.messages import Message
from core.lib.problems import Problem

JSON, NDJSON = "application/json", "application/x-ndjson"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
Value = TypeVar("Value")
# Sentences about a body in place of those about a line.
_OF_BODY = {
    "nested": "body_nested",
    "unreadable_from": "body_unreadable_from",
    "line_cut_off": "cut_off",
    "other_value": "body_other_value",
    "twice": "twice",
}
_array = msgspec.json.Decoder(list[msgspec.Raw])
_anything = msgspec.json.Decoder(msgspec.Raw)


class Rows(NamedTuple):
    """The rows of a body; `many` when they came as an array or as NDJSON."""

    lines: list[Line]
    many: bool


def body_of(request: HttpRequest) -> bytes:
    """The body, without the mark that some programs put in front of UTF-8. Raises ApiError BODY_TOO_LARGE."""
    try:
        return request.body.removeprefix(codecs.BOM_UTF8)
    except RequestDataTooBig:
        limit = settings.API_BODY_LIMIT_MB
        raise refusal(Problem("BODY_TOO_LARGE", {"most": limit})) from None
    except UnreadablePostError:
        raise refusal(Problem("BAD_JSON", variant="cut_off")) from None


def content_type_of(request: HttpRequest, *allowed: str) -> str:
    """The media type of the body. Raises ApiError WRONG_CONTENT_TYPE."""
    given = (request.content_type or "").lower()
    if given not in allowed or request.headers.get("Content-Encoding", "identity") != "identity":
        raise refusal(Problem("WRONG_CONTENT_TYPE", {"types": allowed}))
    return given


def object_of(request: HttpRequest, *, may_be_missing: bool = False) -> Line:
    """The one object of a body, `{}` where it may be missing. Raises ApiError."""
    body = body_of(request)
    if may_be_missing and not body.strip():
        return Line(1, b"{}", False)
    content_type_of(request, JSON)
    return row_of(1, bytes(decoded(_anything.decode, body)))


def rows_of(request: HttpRequest) -> Rows:
    """The rows of a body. Raises ApiError: WRONG_CONTENT_TYPE, BODY_TOO_LARGE, BAD_JSON, NO_ROWS, TOO_MANY_ROWS."""
    media_type = content_type_of(request, JSON, NDJSON)
    body = body_of(request)
    if media_type == NDJSON:
        found = [line for line in body.split(b"\n") if line.strip()]
    elif body.lstrip()[:1] == b"[":
        found = [bytes(raw) for raw in decoded(_array.decode, body)]
    else:
        return Rows([row_of(1, bytes(decoded(_anything.decode, body)))], many=False)
    if not found:
        raise refusal(Problem("NO_ROWS"))
    if len(found) > settings.API_ROWS_PER_CALL:
        raise refusal(Problem("TOO_MANY_ROWS", {"rows": len(found), "most": settings.API_ROWS_PER_CALL}))
    return Rows([row_of(number, data) for number, data in enumerate(found, 1)], many=True)


def row_of(number: int, data: bytes) -> Line:
    """A row as importers take it."""
    return Line(number, data.strip(), len(data) > LONGEST_LINE)


def value_of(request: HttpRequest, kind: type[Value]) -> Value:
    """The one object of a body, as a value of the type. Raises ApiError."""
    return decoded(partial(decode_json, msgspec.json.Decoder(kind)), object_of(request).data, known_of(kind))


def decoded(decode: Callable[[bytes], Value], body: bytes, known: KnownFields = NOTHING_KNOWN) -> Value:
    """What the body holds. Raises ApiError BAD_JSON, BAD_ENCODING."""
    try:
        body.decode()
        return decode(body)
    except UnicodeDecodeError:
        raise refusal(Problem("BAD_ENCODING", variant="body")) from None
    except (msgspec.DecodeError, RecursionError, RepeatedFieldError) as error:
        raise refusal(_of_body(json_problem(error, body, Message("JSON object"), known))) from None


def _of_body(problem: Problem) -> Problem:
    """What is wrong with a line, said of a body."""
    if problem.code == "BAD_JSON":
        return replace(problem, variant=_OF_BODY[problem.variant])
    return Problem("BAD_JSON", {"why": problem.message}, variant="body_value")


def idempotent(request: HttpRequest, act: Callable[[], Reply], variant: str = "") -> Reply:
    """What `act` answers; under an Idempotency-Key it is done once, and a repeat of the call gets the first answer (`run_idempotent`).

    `variant` is what else makes it another call.
    """
    key = request.headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in request.headers and not _KEY.fullmatch(key):
        raise refusal(Problem("BAD_IDEMPOTENCY_KEY"))
    call = f"{request.method} {request.path}{variant}\n".encode() + body_of(request)
    reply, _ = run_idempotent(request_token(request), key, sha256(call).hexdigest(), act)
    return reply
