"""What differs between two versions of a POS transaction, in the words of its file; and when a transaction may still be changed."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from core.lib.decimals import plain_text
from core.lib.parsing import utc_text
from core.lib.problems import Code, Problem, register, register_texts
from orders.rules.till_lines import PosLineData, PosPaymentData
from statements.rules.states import PostState
from statements.rules.till import PosTransactionData, PosTransactionKey

DISCARDED = "discarded"
HEADER_FIELDS = (
    *(
        "kind",
        "sold_at",
        "business_date",
        "currency",
        "customer",
        "staff",
        "net",
        "tax",
        "total",
        "discount",
        "paid",
        "item_count",
        "shift",
    ),
)
LINE_FIELDS = ("item", "quantity", "unit", "price", "discount", "net", "tax", "batch", "voided", "return_of", "expires_on")

register(
    Code(
        "POSTED_ALREADY",
        "import",
        "The transaction is posted, so that it can be neither replaced nor corrected.",
        "Reverse it (command reverse, or Reverse and correct on its page), then correct or replace it; the next statement posts it.",
        "Transaction {transaction} is posted on statement {statement}; reverse it first (reverse --transaction {transaction} --reason R).",
    ),
    Code(
        "BEING_POSTED",
        "import",
        "The transaction stands on a statement that is being posted at this moment.",
        "Wait until the posting has ended and try again; what was posted by then is reversed instead.",
        "Transaction {transaction} is on statement {statement}, which is being posted; try again afterwards.",
    ),
)
register_texts("UNKNOWN_STORE", {"of_document": "Store {store} is not known; import it first (kind stores)."})
register_texts("BAD_VALUE", {"unknown_method": "Payment method {method} is not known; use one of {methods}."})
register_texts(
    "CONFLICT",
    {
        "transaction": "Transaction {transaction} came in before with other content (H16); if it corrects that one, import it with "
        "--replace (in the pages: Replace what is not posted yet); if numbers begin anew each day, set number_series of the store to day; "
        "else correct the number.",
    },
)


class DocumentChange(NamedTuple):
    """One field of a version and of the one after it; `line` is None for the document, texts are as the file writes them."""

    line: int | None
    field: str
    before: str
    after: str


class Stand(NamedTuple):
    """Where a transaction stands: its statement ('' while it is on none) and the order that took it in."""

    statement: str = ""
    post_state: str = ""
    work_state: str = ""
    order_invoiced: bool = False


# A statement that stands at one of these has booked nothing but the invoices of its orders.
BEFORE_INVOICES = frozenset(("", PostState.CHECKED, PostState.AGGREGATED, PostState.ORDER_CREATED))


def change_refusal(key: PosTransactionKey, stand: Stand) -> Problem | None:
    """Why the transaction cannot be replaced or corrected where it stands; None when it can."""
    if stand.work_state:
        return Problem("BEING_POSTED", {"transaction": str(key), "statement": stand.statement})
    if stand.statement and (stand.post_state not in BEFORE_INVOICES or stand.order_invoiced):
        return Problem("POSTED_ALREADY", {"transaction": str(key), "statement": stand.statement})
    return None


def find_changes(before: PosTransactionData, after: PosTransactionData) -> tuple[DocumentChange, ...]:
    """Each field that differs: of the document, of its lines, of its payments (`payment:N:method`, `payment:N:amount`)."""
    found = [*_of_header(before, after)]
    old, new = ({line.number: line for line in version.lines} for version in (before, after))
    for number in sorted(old.keys() | new.keys()):
        found += _differing(number, LINE_FIELDS, _line_values(old.get(number)), _line_values(new.get(number)))
    paid, pays = ({payment.number: payment for payment in version.payments} for version in (before, after))
    for number in sorted(paid.keys() | pays.keys()):
        names = (f"payment:{number}:method", f"payment:{number}:amount")
        found += _differing(None, names, _payment_values(paid.get(number)), _payment_values(pays.get(number)))
    cards, own = ({(move.line, move.payment): move.card for move in version.gift_cards} for version in (before, after))
    for line, payment in sorted(cards.keys() | own.keys(), key=lambda place: (place[0] or 0, place[1] or 0)):
        name = "gift_card" if line is not None else f"payment:{payment}:gift_card"
        found += _differing(line, (name,), (cards.get((line, payment)),), (own.get((line, payment)),))
    return tuple(found)


def _of_header(before: PosTransactionData, after: PosTransactionData) -> Iterator[DocumentChange]:
    return _differing(None, HEADER_FIELDS, *(tuple(getattr(version, name) for name in HEADER_FIELDS) for version in (before, after)))


def _differing(line: int | None, names: tuple[str, ...], before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[DocumentChange]:
    for name, old, new in zip(names, before, after, strict=True):
        if old != new:
            yield DocumentChange(line, name, field_text(old), field_text(new))


def _line_values(line: PosLineData | None) -> tuple[Any, ...]:
    return (None,) * len(LINE_FIELDS) if line is None else tuple(getattr(line, name) for name in LINE_FIELDS)


def _payment_values(payment: PosPaymentData | None) -> tuple[Any, ...]:
    return (None, None) if payment is None else (payment.method, payment.amount)


def field_text(value: object) -> str:
    """A value as a file writes it, decimals without trailing zeros; what is not there is blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_text(value)
    if isinstance(value, datetime):
        return utc_text(value)
    return "/".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def document_content(transaction: PosTransactionData) -> dict[str, Any]:
    """The transaction in the form of its file, all values as texts, blank ones left out."""
    lines = [
        {"number": line.number, **{name: field_text(getattr(line, name)) for name in LINE_FIELDS if getattr(line, name) not in ("", None)}}
        for line in transaction.lines
    ]
    payments = [{"number": row.number, "method": row.method, "amount": field_text(row.amount)} for row in transaction.payments]
    header = {name: field_text(getattr(transaction, name)) for name in HEADER_FIELDS if getattr(transaction, name) not in ("", None)}
    cards = [
        {"card": move.card, "amount": field_text(move.amount), "line": move.line, "payment": move.payment}
        for move in transaction.gift_cards
    ]
    return {**transaction.key._asdict(), **header, "lines": lines, "payments": payments, **({"gift_cards": cards} if cards else {})}
