"""What every answer of the API is made of: JSON, or a problem (RFC 9457) that a cashier can read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Schema
from pydantic import Field, PlainSerializer

from core.access.ways import link_of
from core.api.codes import STATUS_OF
from core.i18n.messages import render, render_remedy, render_title
from core.lib.decimals import plain_text
from core.lib.messages import Message
from core.lib.parsing import USUAL_PLACES
from core.lib.problems import REGISTRY, BusinessError, Problem
from core.lib.ways import about_of

PROBLEM_JSON = "application/problem+json"
# What an error names that a page can be opened for.
ABOUT = ("order", "item")


def amount_text(amount: Decimal) -> str:
    """An amount with two decimals, and with three where its currency has so many and it needs them."""
    usual = round(amount, USUAL_PLACES)
    return f"{usual if usual == amount else amount.normalize():f}"


_NUMBER = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
Quantity = Annotated[Decimal, PlainSerializer(plain_text, return_type=str), Field(json_schema_extra=_NUMBER, examples=["1.5"])]
Money = Annotated[Decimal, PlainSerializer(amount_text, return_type=str), Field(examples=["6.36"])]


class ErrorItem(Schema):
    """One thing that is wrong: `remedy` says what would fix it, `link` is the page that does it, for a person who signs in.

    The other fields name what it is about, as far as there is anything.
    """

    code: str
    detail: str
    remedy: str
    row: int | None = None
    key: str | None = None
    order: str | None = None
    line: int | None = None
    item: str | None = None
    missing_quantity: Quantity | None = None
    link: str | None = None


class ProblemOut(Schema):
    """Why a call was refused (RFC 9457). `code` is stable; `detail` is a sentence for whoever stands at the till."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ErrorItem]
    job: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A status with what is said; `location` is where more can be had."""

    status: int
    body: Mapping[str, Any]
    location: str = ""

    def response(self) -> HttpResponse:
        """The answer on the wire."""
        return json_response(self.status, self.body, {"Location": self.location} if self.location else {})


class ApiError(Exception):
    """A call that is refused: its problems, of which the first gives code and status. Nothing was changed."""

    def __init__(self, *items: ErrorItem, status: int = 0, headers: Mapping[str, str] | None = None, job: int | None = None) -> None:
        super().__init__("; ".join(f"{item.code}: {item.detail}" for item in items))
        self.items = items
        self.status = status or STATUS_OF.get(items[0].code, HTTPStatus.UNPROCESSABLE_ENTITY)
        self.headers = dict(headers or {})
        self.job = job


def render_for_caller(message: Message) -> str:
    """The sentence in the language that the caller asked for; English as files and commands write it."""
    return str(message) if get_language() in (None, "en") else render(message)


def item_of(problem: Problem, **about: Any) -> ErrorItem:
    """An error with the remedy of its code, told in the language of the caller."""
    return stored_item(problem.code, problem.message, **about)


def stored_item(code: str, message: Message, **about: Any) -> ErrorItem:
    """The same for what is known by its code and what was said about it."""
    link = link_of(code, about_of(message.params, about.get("line"), **{name: about.get(name) for name in ABOUT})) or None
    return ErrorItem(code=code, detail=render_for_caller(message), remedy=render_remedy(code), link=link, **about)


def refusal(problem: Problem, headers: Mapping[str, str] | None = None, **about: Any) -> ApiError:
    """One thing that is wrong, as an error to raise."""
    return ApiError(item_of(problem, **about), headers=headers)


def refusal_of(problems: Sequence[Problem] | BusinessError, **about: Any) -> ApiError:
    """Problems of a service, as an error to raise."""
    found = problems.problems if isinstance(problems, BusinessError) else problems
    return ApiError(*(item_of(problem, line=problem.line, **about) for problem in found))


def nothing_kept(errors: Mapping[int, Sequence[ErrorItem]], *, many: bool) -> ApiError:
    """All rows of a call are refused, as an error to raise. Of many, one that is no JSON is a row that cannot be kept like others: 422."""
    items = [item for row in sorted(errors) for item in errors[row]]
    error = ApiError(*items)
    if many and error.status == HTTPStatus.BAD_REQUEST:
        error.status = HTTPStatus.UNPROCESSABLE_ENTITY
    return error


def problem_response(error: ApiError) -> HttpResponse:
    """The refusal on the wire."""
    status = HTTPStatus(error.status)
    first = error.items[0]
    problem = ProblemOut(
        type=f"urn:retailhq:problem:{first.code}",
        title=render_title(first.code) if first.code in REGISTRY else status.phrase,
        status=status,
        code=first.code,
        detail=" ".join(dict.fromkeys(item.detail for item in error.items)),
        errors=list(error.items),
        job=error.job,
    )
    return json_response(status, problem.model_dump(mode="json"), error.headers, PROBLEM_JSON)


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None, media_type: str = "application/json") -> HttpResponse:
    """JSON that nobody on the way may keep."""
    return HttpResponse(
        msgspec.json.encode(body), status=status, content_type=media_type, headers={"Cache-Control": "no-store", **(headers or {})}
    )
