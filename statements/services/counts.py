"""What people count in a drawer, entered later: a document of the day that says the last word, whatever tills declared before it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.bulk import reserve_ids
from core.db.locks import CALCULATION, TRANSACTION_IMPORT, lock_for_transaction
from core.db.upsert import ids_by_code
from core.lib.decimals import ZERO, plain_text
from core.lib.messages import Params
from core.lib.problems import BusinessError, Code, Problem, register, register_texts
from orders.models import Store
from orders.queries.stores import payment_methods
from orders.rules.till_lines import PosPaymentData
from parameters.rules.denominations import DENOMINATIONS, Pieces, total_of
from statements.models import CountedDenomination
from statements.queries import counting as reads
from statements.queries import facts as fact_reads
from statements.rules.changes import DocumentChange
from statements.rules.counting import COUNT, Drawer, StoreDay, count_to_enter
from statements.rules.states import BEFORE_ORDERS
from statements.rules.till import PosTransactionData, PosTransactionKey
from statements.rules.validation import keeps_off_statements
from statements.services.calculation import recalculate_with
from statements.services.documents import resolve_documents
from statements.services.versions import Way
from statements.writes import imports as writes
from statements.writes.undo_calculation import take_back_all
from statements.writes.versions import add_versions

register(
    Code(
        "UNKNOWN_TERMINAL",
        "import",
        "The store has no such terminal.",
        "Correct its code; a terminal is known once it sent something.",
        "Store {store} has no terminal {terminal}; correct its code.",
    ),
    Code(
        "DRAWER_NOT_NAMED",
        "import",
        "The store counts by shift or by person, and the count names none.",
        "Give the shift, or the member of staff, whose drawer was counted.",
        {
            "shift": "Store {store} counts by shift; name the shift.",
            "staff": "Store {store} counts by person; name the member of staff.",
        },
    ),
)
register_texts(
    "BAD_VALUE",
    {
        "no_denomination": "{value} is no coin or note of {currency}; count those of {values}.",
        "denominations_differ": "Coins and notes come to {pieces}, the amount is {amount}; correct one of them.",
    },
)
register_texts("UNKNOWN_STORE", {"counted": "Store {store} is not known; check its code."})


class TenderCounted(NamedTuple):
    """The counted amount of a drawer's day: what counted before (None: nothing) and now, and the document that says so ('' unchanged)."""

    before: Decimal | None
    counted: Decimal
    transaction: str


class CountRequest(NamedTuple):
    """Somebody counted this amount of a payment method in a terminal's drawer of that day."""

    store: str
    terminal: str
    business_date: date
    method: str
    amount: Decimal
    reason: str
    shift: int | None = None
    staff: str = ""
    # Coins and notes, where they were counted one by one; they come to the amount.
    pieces: Pieces = ()


@transaction.atomic
def count_tender(request: CountRequest, actor: str) -> TenderCounted:
    """Enters a count in place of all that was declared of the drawer and payment method; the same amount again changes nothing.

    A statement of the day that has no sales orders is calculated with it; after posting, the next statement of the day books what is new.
    Takes the locks of an import, then of a calculation. Raises BusinessError UNKNOWN_STORE, UNKNOWN_TERMINAL, DRAWER_NOT_NAMED, BAD_VALUE,
    and the codes of validation rules that the count breaks.
    """
    store = Store.objects.filter(code=request.store).first()
    if store is None:
        raise BusinessError(Problem("UNKNOWN_STORE", {"store": request.store}, variant="counted"))
    if request.pieces:
        refuse_pieces(request, store.currency_id)
    lock_for_transaction(TRANSACTION_IMPORT, [store.pk])
    lock_for_transaction(CALCULATION, [store.pk])
    day = StoreDay(store.pk, request.business_date)
    drawer = _drawer_of(request, store)
    start = f"COUNT-{request.business_date:%Y%m%d}-"
    known = reads.drawer_day(day, drawer, store.statement_method, start)
    new = count_to_enter(known.declarations, store.count, request.method, request.amount)
    if new.before == request.amount and not request.pieces:
        return TenderCounted(new.before, request.amount, "")
    # Whatever the day still brings at the till was rung up before the count was entered.
    moment = (known.last_sold_at or datetime.combine(request.business_date, datetime.min.time(), UTC)) + timedelta(seconds=1)
    if request.business_date == timezone.now().date():
        moment = max(moment, timezone.now())
    key = PosTransactionKey(request.store, request.terminal, f"{start}{known.entered + 1}")
    paid = (PosPaymentData(1, request.method, new.amount),)
    document = PosTransactionData(
        *(key, COUNT, moment, request.business_date, store.currency_id, "", request.staff, new.amount, ZERO, new.amount, None, None, None),
        *((), (), paid, request.shift),
    )
    transaction_id = _keep(document, request, new.before, actor)
    CountedDenomination.objects.bulk_create(
        CountedDenomination(transaction_id=transaction_id, value=value, pieces=pieces) for value, pieces in request.pieces
    )
    if known.open_statement is not None and (rested := take_back_all([known.open_statement], BEFORE_ORDERS)):
        recalculate_with(list(rested), [transaction_id], actor)
    record_audit(AuditEntry.Action.COUNT, actor, str(key), {"method": request.method, "counted": plain_text(request.amount)})
    return TenderCounted(new.before, request.amount, str(key))


def refuse_pieces(request: CountRequest, currency: str) -> None:
    """Raises BusinessError BAD_VALUE for what is no coin or note of the currency, or does not come to the amount."""
    known = DENOMINATIONS.get(currency)
    for value, _ in request.pieces:
        if value <= 0 or (known is not None and value not in known):
            said: Params = {"value": value, "currency": currency, "values": [plain_text(one) for one in known or ()]}
            raise BusinessError(Problem("BAD_VALUE", said, variant="no_denomination"))
    if (total := total_of(request.pieces)) != request.amount:
        raise BusinessError(Problem("BAD_VALUE", {"pieces": total, "amount": request.amount}, variant="denominations_differ"))


def _drawer_of(request: CountRequest, store: Store) -> Drawer:
    """Raises BusinessError UNKNOWN_TERMINAL, DRAWER_NOT_NAMED, BAD_VALUE."""
    if request.method not in (methods := payment_methods()):
        raise BusinessError(Problem("BAD_VALUE", {"method": request.method, "methods": methods}, variant="unknown_method"))
    terminal = fact_reads.terminal_ids({(store.pk, request.terminal)}).get((store.pk, request.terminal))
    if terminal is None:
        raise BusinessError(Problem("UNKNOWN_TERMINAL", {"store": store.code, "terminal": request.terminal}))
    if store.statement_method == "shift" and request.shift is None:
        raise BusinessError(Problem("DRAWER_NOT_NAMED", {"store": store.code}, variant="shift"))
    if store.statement_method == "staff" and not request.staff:
        raise BusinessError(Problem("DRAWER_NOT_NAMED", {"store": store.code}, variant="staff"))
    staff = ids_by_code("orders_staff", {request.staff}).get(request.staff) if request.staff else None
    return Drawer(terminal, request.shift, staff).by(store.statement_method)


def _keep(document: PosTransactionData, request: CountRequest, before: Decimal | None, actor: str) -> int:
    """The document with its reason; gives its id. Raises BusinessError."""
    (transaction_id,) = reserve_ids("statements_postransaction", 1)
    stores = fact_reads.stores_by_code({request.store})
    documents = resolve_documents([transaction_id], [document], stores)
    if keeps_off_statements(found := documents.checked.problems[0]):
        raise BusinessError(*found)
    writes.insert_transactions(documents.headers([uuid4()]))
    writes.mark_late([transaction_id], documents.days())
    writes.insert_payments(documents.payments())
    writes.insert_problems(documents.problems())
    change = DocumentChange(None, f"counted:{request.method}", "" if before is None else plain_text(before), plain_text(request.amount))
    add_versions([(transaction_id, Way.CORRECTED, {}, [(*change, request.reason)], request.reason, actor)])
    return transaction_id
