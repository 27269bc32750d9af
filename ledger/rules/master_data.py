"""What may be changed of accounts, posting profiles and fiscal periods."""

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Code, Problem, register

PAYMENT = "payment"

register(
    Code(
        "ACCOUNT_OF_OTHER_COMPANY",
        "setup",
        "A posting profile names an account of another legal entity.",
        "Choose an account of the same legal entity.",
        "Account {account} belongs to another legal entity.",
    ),
    Code(
        "PAYMENT_METHOD_MISPLACED",
        "setup",
        "A payment method stands where it has no meaning, or is missing for payments.",
        "Give one for the posting type Payment, none for the others.",
        {
            "missing": "The posting type Payment needs a payment method.",
            "misplaced": "Only the posting type Payment has a payment method; leave it blank.",
        },
    ),
    Code(
        "PERIOD_DATES",
        "setup",
        "A fiscal period ends before it starts.",
        "Correct one of the two dates.",
        "The period ends on {last}, before it starts on {first}.",
    ),
    Code(
        "PERIODS_OVERLAP",
        "setup",
        "A fiscal period shares days with another one.",
        "Choose dates that no other period covers.",
        "The period from {first} to {last} covers some of these days already.",
    ),
    Code(
        "PERIOD_IS_NO_MONTH",
        "reference",
        "A fiscal period has other days than the month that is to be closed or opened.",
        "Close or open that period itself, in Setup > Fiscal periods.",
        "The period from {first} to {last} is no calendar month; close or open it in Setup > Fiscal periods.",
    ),
    Code(
        "PERIOD_IN_USE",
        "setup",
        "A fiscal period would lose days on which vouchers are posted.",
        "Keep these days in the period.",
        "Voucher {voucher} is posted on {day}, which the period would lose.",
    ),
    Code(
        "COMPANY_IN_USE",
        "setup",
        "The currency of a legal entity cannot change once vouchers are posted in it.",
        "Leave the currency as it is, or make a new legal entity.",
        "Legal entity {legal_entity} has vouchers in {currency}; leave its currency, or make a new legal entity.",
    ),
    Code(
        "ACCOUNT_IN_USE",
        "setup",
        "The type of an account cannot change once something is posted to it.",
        "Leave the type as it is, or make a new account.",
        "Something is posted to account {account}; its type stays {type}.",
    ),
)


def company_currency_problem(code: str, before: str, after: str) -> Problem | None:
    """Why the currency of a company with vouchers stays."""
    if before == after:
        return None
    return Problem("COMPANY_IN_USE", {"legal_entity": code, "currency": before})


class Span(NamedTuple):
    """The first and the last day of a period."""

    first: date
    last: date


def period_problem(wanted: Span, others: "list[Span]") -> Problem | None:
    """Why a period cannot have these dates beside the others."""
    if wanted.last < wanted.first:
        return Problem("PERIOD_DATES", {"last": wanted.last, "first": wanted.first})
    for other in others:
        if other.first <= wanted.last and wanted.first <= other.last:
            return Problem("PERIODS_OVERLAP", {"first": other.first, "last": other.last})
    return None


def payment_method_problem(posting_type: str, payment_method: str) -> Problem | None:
    """Payments are posted by payment method, everything else without one."""
    if posting_type == PAYMENT and not payment_method:
        return Problem("PAYMENT_METHOD_MISPLACED", variant="missing")
    if posting_type != PAYMENT and payment_method:
        return Problem("PAYMENT_METHOD_MISPLACED", variant="misplaced")
    return None


def month_problem(month: Span, periods: "list[Span]") -> Problem | None:
    """Why the month cannot be closed or opened as one: periods that have some of its days, but not exactly these."""
    for period in periods:
        if period != month:
            return Problem("PERIOD_IS_NO_MONTH", {"first": period.first, "last": period.last})
    return None


def month_of(text: str) -> Span:
    """The days of a month. Raises BusinessError BAD_DATE."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise BusinessError(Problem("BAD_DATE", {"value": parsing.shown(text)}, variant="no_month"))
    try:
        first = parsing.usable_day(parsing.day(f"{text}-01"))
    except FieldError as error:
        raise BusinessError(error.at("YYYY-MM").problem) from None
    return Span(first, first.replace(day=monthrange(first.year, first.month)[1]))


class OpenDocument(NamedTuple):
    """Documents of a store and day that are not posted: a statement with its number, or transactions on none."""

    kind: str
    store: str
    day: date
    document: str
    state: str
    documents: int
