"""A small showcase to look at: two stores, four days, batches that run out, and a person for every role that pages know.

Masters, receipts of goods and POS transactions are rows; statements, orders, invoices and vouchers come from the real services.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from core.api.models import Token
from core.api.services import TokenRequest, create_token, revoke_token
from core.jobs.models import Job
from core.jobs.services import run_job
from core.jobs.services.recurrences import Timing, save_recurrence, start_recurrence
from core.lib.document_kinds import SourceKind
from core.lib.imports import Row
from core.lib.messages import Message
from inventory.models import (
    Batch,
    DebtSettlement,
    InventoryTransaction,
    Item,
    ItemModelGroup,
    OnHand,
    ReceiptLine,
    Site,
    TrackingGroup,
    Warehouse,
)
from inventory.queries.settlements import Selection
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.journal_columns import JournalKind, JournalRow
from inventory.services.journals import import_journals
from inventory.services.receipts import import_receipts
from inventory.services.settlements import Settling, settle_debt
from ledger.services import ensure_legal_entity_books
from orders.models import Store, Terminal
from parameters.models import LegalEntity
from parameters.rules.file_columns import LegalEntityRow
from parameters.services import save_legal_entities, set_retail_parameters
from retailhq.api.forms import OF_A_TILL
from retailhq.exchange.services.file_imports import request_check
from statements.models import PosPayment, PosTransaction, PosTransactionLine, Statement, StatementEvent, ValidationProblem
from statements.services.calculation import calculate_statements
from statements.services.posting import request_posting, run_inline
from tests.core.access.people import make_person
from tests.factories import (
    BatchFactory,
    CustomerFactory,
    DispositionFactory,
    ItemFactory,
    ItemModelGroupFactory,
    PaymentMethodFactory,
    SiteFactory,
    StoreFactory,
    TerminalFactory,
    TrackingGroupFactory,
    UnitFactory,
    WarehouseFactory,
)

PASSWORD = "correct-horse-battery"
FIRST_DAY = date(2017, 1, 2)
TAX = Decimal("0.06")
# Code, name, unit, price, batch-tracked, may go negative.
ITEMS = (
    ("1082185", "Bananas, loose", "kg", "1.29", True, True),
    ("1029743", "Whole milk 1 gal", "each", "2.99", True, True),
    ("995785", "Baby spinach 10 oz", "each", "3.49", True, True),
    ("981760", "Large eggs, dozen", "each", "2.19", True, True),
    ("1106523", "Chicken breast", "kg", "8.49", True, False),
    ("1133018", "Paper towels, 6 rolls", "each", "6.99", False, True),
    ("866211", "Cola 12 x 12 fl oz", "each", "4.50", False, True),
)
# Item, batch, quantity, expires on day of the week: spinach and chicken do not last.
DELIVERIES = (
    ("1082185", "L2016-52-17", "80", 9),
    ("1029743", "M-1228", "22", 5),
    ("1029743", "M-1230", "40", 8),
    ("995785", "SP-6611", "4", 3),
    ("981760", "EGG-0417", "60", 20),
    ("1106523", "CH-9031", "4", 3),
    ("1133018", "", "90", None),
    ("866211", "", "120", None),
)


@dataclass(frozen=True)
class Showcase:
    """What tests speak of."""

    company: LegalEntity
    stores: list[Store]
    items: dict[str, Item]
    poster: User
    clerk: User

    def statement(self, store: str, day: int) -> Statement:
        """The statement of a store and day."""
        return Statement.objects.filter(store__code=store, business_date=FIRST_DAY + timedelta(days=day)).earliest("pk")


def make_people() -> tuple[User, User]:
    """Somebody who may do everything, and a clerk who may not post."""
    return make_person("maria", "administrator", password=PASSWORD), make_person("theo", "clerk", password=PASSWORD)


def make_company(code: str = "USMF", name: str = "Green Market Inc.") -> LegalEntity:
    """A legal entity with parameters, accounts and posting profiles."""
    save_legal_entities([LegalEntityRow(code, name, "USD")])
    company = LegalEntity.objects.get(code=code)
    ensure_legal_entity_books([company.pk])
    return company


def make_items() -> dict[str, Item]:
    """The assortment, under policies as the import of items would make them."""
    loose = ItemModelGroupFactory.create(
        code="fefo-negative", name="First expired, negative allowed", negative_physical=True, negative_financial=True
    )
    strict: ItemModelGroup = ItemModelGroupFactory.create(code="fefo", name="First expired")
    tracked: TrackingGroup = TrackingGroupFactory.create(code="batch", name="Batch", batch_active=True)
    untracked: TrackingGroup = TrackingGroupFactory.create(code="none", name="No batches", batch_active=False)
    return {
        code: ItemFactory.create(
            code=code,
            name=name,
            unit=UnitFactory.create(code=unit),
            model_group=loose if negative else strict,
            tracking_group=tracked if is_tracked else untracked,
            standard_cost=Decimal(price) / 2,
        )
        for code, name, unit, price, is_tracked, negative in ITEMS
    }


def make_store(code: str, name: str, company: LegalEntity, site: Site) -> Store:
    """A store with its warehouse, walk-in customer and two tills."""
    warehouse = WarehouseFactory.create(code=f"W{code[1:]}", name=f"{name} warehouse", site=site, legal_entity=company)
    walk_in = CustomerFactory.create(code=f"{code}-WALKIN", name=f"Walk-in customer {name}")
    store: Store = StoreFactory.create(code=code, name=name, warehouse=warehouse, time_zone="America/New_York", walk_in_customer=walk_in)
    for number in ("T1", "T2"):
        TerminalFactory.create(store=store, code=number)
    return store


def deliver(warehouse: Warehouse, items: dict[str, Item]) -> None:
    """The goods of the week, in stock before the first sale."""
    available = DispositionFactory.create()
    arrived = datetime.combine(FIRST_DAY - timedelta(days=3), time(6), UTC)
    for number, (code, batch_number, quantity, days) in enumerate(DELIVERIES, 1):
        batch: Batch | None = None
        if batch_number:
            expires = FIRST_DAY + timedelta(days=days or 0)
            batch = BatchFactory.create(
                item=items[code], number=f"{batch_number}-{warehouse.code}", expires_on=expires, disposition=available
            )
        receive(warehouse, items[code], batch, Decimal(quantity), arrived, f"GR-{warehouse.code}", number)


def receive(warehouse: Warehouse, item: Item, batch: Batch | None, quantity: Decimal, at: datetime, receipt: str, number: int) -> None:
    """One line of received goods with its stock."""
    line = ReceiptLine.objects.create(
        receipt=receipt, line_number=number, legal_entity_id=warehouse.legal_entity_id, warehouse=warehouse, item=item,
        batch=batch, quantity=quantity, unit_cost=item.standard_cost, received_at=at, content_hash=uuid4(),
    )  # fmt: skip
    OnHand.objects.create(warehouse=warehouse, item=item, batch=batch, physical=quantity, first_received_at=at)
    InventoryTransaction.objects.create(
        warehouse=warehouse, item=item, batch=batch, quantity=quantity, date=at.date(), source_kind=SourceKind.RECEIPT_LINE,
        source_id=line.pk, cost_amount=quantity * item.standard_cost,
    )  # fmt: skip


def ring(store: Store, items: dict[str, Item], day: int, number: int, sold: tuple[tuple[str, str], ...]) -> PosTransaction:
    """One POS transaction, paid in cash or by card."""
    prices = {code: Decimal(price) for code, _, _, price, _, _ in ITEMS}
    cents = Decimal("0.01")
    amounts = [(prices[code] * Decimal(quantity)).quantize(cents) for code, quantity in sold]
    taxes = [(amount * TAX).quantize(cents) for amount in amounts]
    net, tax = sum(amounts, Decimal(0)), sum(taxes, Decimal(0))
    at = datetime.combine(FIRST_DAY + timedelta(days=day), time(13), UTC) + timedelta(minutes=7 * number)
    transaction = PosTransaction.objects.create(
        store=store, terminal=Terminal.objects.filter(store=store).order_by("code")[number % 2], number=f"311{day}{number:07}",
        kind=PosTransaction.Kind.SALE, sold_at=at, business_date=at.date(), currency=store.currency, net=net, tax=tax, total=net + tax,
        content_hash=uuid4(),
        validation_status=PosTransaction.ValidationStatus.VALID,
    )  # fmt: skip
    PosTransactionLine.objects.bulk_create(
        PosTransactionLine(
            transaction=transaction, number=position, item=items[code], item_code=code, unit=items[code].unit, quantity=Decimal(quantity),
            stock_quantity=Decimal(quantity), price=prices[code], discount=Decimal(0), net=amount, tax=tax_amount,
        )
        for position, ((code, quantity), amount, tax_amount) in enumerate(zip(sold, amounts, taxes, strict=True), 1)
    )  # fmt: skip
    method = PaymentMethodFactory.create(code="cash", name="Cash") if number % 3 else PaymentMethodFactory.create(code="card", name="Card")
    PosPayment.objects.create(transaction=transaction, number=1, method=method, amount=net + tax)
    return transaction


BASKETS = (
    (("1082185", "1.24"), ("1029743", "2")),
    (("995785", "1"), ("981760", "1"), ("1133018", "1")),
    (("866211", "3"), ("1082185", "0.86")),
    (("1029743", "1"), ("981760", "2")),
    (("1133018", "2"), ("1029743", "3"), ("995785", "2")),
    (("981760", "1"),),
)


def make_grocer(*, receipts_a_day: int = 12, days: int = 3) -> Showcase:
    """The showcase before anything is calculated. Store S406 also sells chicken that it does not have and that may not go negative."""
    poster, clerk = make_people()
    company = make_company()
    items = make_items()
    site: Site = SiteFactory.create(code="EAST", name="East", legal_entity=company)
    stores = [make_store(code, name, company, site) for code, name in (("S367", "Riverside"), ("S406", "Old RetailChain"))]
    for store in stores:
        assert store.warehouse is not None
        deliver(store.warehouse, items)
        for day in range(days):
            for number in range(receipts_a_day):
                basket = BASKETS[(number + day) % len(BASKETS)]
                if store.code == "S406" and number == 3:
                    basket = (*basket, ("1106523", "2.4"))
                ring(store, items, day, number, basket)
    wrong = PosTransaction.objects.filter(store=stores[0]).latest("sold_at")
    wrong.validation_status = PosTransaction.ValidationStatus.ERROR
    wrong.save(update_fields=["validation_status"])
    ValidationProblem.objects.create(
        transaction=wrong,
        code="H14",
        severity="error",
        params={"total": {"n": "9.01"}, "payments": {"n": "3.00"}, "difference": {"n": "6.01"}, "limit": {"n": "0.00"}},
    )
    import_journals([Row(1, "J-1/1", a_write_off(stores[0], "1133018"))], "maria")
    return Showcase(company, stores, items, poster, clerk)


def a_write_off(store: Store, item: str) -> JournalRow:
    """A line of a journal: two got wet."""
    assert store.warehouse is not None
    return JournalRow("J-1", 1, JournalKind.WRITE_OFF, store.warehouse.code, "", item, "", Decimal(-2), FIRST_DAY, "", "Water damage")


def calculate_and_post(showcase: Showcase, *, through: int = 1, default_batch: str = "") -> None:
    """Calculates all days, and posts those up to `through` by the real engine in this process."""
    if default_batch:
        values = ["posting.use_default_batch_id=true", f"posting.default_batch_id={default_batch}"]
        set_retail_parameters(values, showcase.company.code, "maria")
    calculate_statements((), None, "maria")
    last = FIRST_DAY + timedelta(days=through)
    ids = list(Statement.objects.filter(business_date__lte=last).values_list("pk", flat=True))
    job = request_posting(ids, showcase.poster.pk, "maria", to_workers=False)
    run_inline(job.pk, "worker")


def bring_back(showcase: Showcase) -> None:
    """A customer of S406 brings milk back without a receipt on the first day: posting puts it on the default batch."""
    ring(showcase.stores[1], showcase.items, 0, 90, (("1029743", "-1"),))


def show_batch_debt(showcase: Showcase) -> dict[str, str]:
    """Addresses: the debt of S367 is settled with goods that were registered late; those of S406 could pay its own, above a limit."""
    limits = ["inventory.pay_debt_on_receipt=true", "inventory.payback_limit_quantity=1"]
    for store, batch in zip(showcase.stores, ("SP-LATE", "SP-1220"), strict=True):
        assert store.warehouse is not None
        received = datetime.combine(FIRST_DAY, time(6), UTC)
        row = ReceiptRow(
            f"LATE-{batch}", 1, store.warehouse.code, "995785", batch, Decimal(40), Decimal("1.75"), received, None, None, "available"
        )
        set_retail_parameters(limits if batch == "SP-1220" else ["inventory.payback_limit_quantity="], showcase.company.code, "maria")
        assert import_receipts([Row(1, f"LATE-{batch}/1", row)]).new == 1
        if batch == "SP-LATE":
            settle_debt(Selection([store.warehouse.pk]), Settling("The truck of Monday was registered late", "maria"))
    settlement = DebtSettlement.objects.get()
    return {
        "batch-debt": "/inventory/debt/",
        "batch-debt-settle": "/inventory/debt/settle/",
        "settlements": "/inventory/debt/settlements/",
        "settlement": f"/inventory/debt/settlements/{settlement.pk}/",
        "goods-on-default-batches": "/inventory/debt/credit/",
    }


def show_imports(showcase: Showcase) -> dict[str, str]:
    """Addresses: an import that was checked with rejects, one that is being checked, one that cannot be used, and recurrences."""
    good = "disposition,name,blocks_sale\nrecalled,Recalled by the maker,true\n"
    files = {
        "import-checked": ("dispositions", f"{good}damaged,Damaged in transport,perhaps\n,No code,true\n"),
        "import-unusable": ("items", "article,name\n1,Milk\n"),
        "import-checking": ("dispositions", good),
    }
    found = {}
    for name, (kind, text) in files.items():
        row = request_check(kind, f"{kind}-monday.csv", [text.encode()], showcase.poster)
        found[name] = f"/setup/import/{row.pk}/"
        if name != "import-checking":
            run_job(row.check_job_id)
        if name == "import-unusable":
            found["job-failed"] = f"/jobs/{row.check_job_id}/"
            found["import-columns"] = f"/setup/import/{row.pk}/columns/"
    Job.objects.filter(status="queued", kind="check_file").update(
        status="running",
        done=1_200,
        total=8_000,
        phase=Message("{rows} rows read", {"rows": Decimal(24_000)}),
        started_at=timezone.now(),
        dispatched_at=timezone.now(),
    )
    save_recurrence(None, "check_integrity", "Nightly integrity", Timing(at=time(2, 30), zone="Europe/Paris"), showcase.poster)
    saved = save_recurrence(None, "remove_expired_files", "Files that expired", Timing(minutes=15), showcase.poster)
    job = start_recurrence(saved.pk)
    assert job is not None
    run_job(job.pk)
    return {
        **found,
        "imports": "/setup/import/",
        "recurrences": "/jobs/recurrences/",
        "recurrence": f"/jobs/recurrences/{saved.pk}/",
        "recurrence-delete": f"/jobs/recurrences/{saved.pk}/delete/",
    }


def show_tokens(showcase: Showcase) -> dict[str, str]:
    """Addresses: a token that works, one that is revoked."""
    till, office = [
        create_token(TokenRequest(name, verbs, not stores, stores, None), showcase.poster)[0]
        for name, verbs, stores in (
            ("Till 1 of S367", OF_A_TILL, ["S367"]),
            ("Stock office", [Token.Verb.VIEW_STOCK], []),
        )
    ]
    Token.objects.filter(pk=till.pk).update(last_used_at=timezone.now())
    revoke_token(office.pk, showcase.poster)
    return {
        "api-tokens": "/setup/api-tokens/",
        "api-token-new": "/setup/api-tokens/new/",
        "api-token-revoke": f"/setup/api-tokens/{till.pk}/revoke/",
    }


def show_work(showcase: Showcase) -> Job:
    """Two statements of the third day in the hands of a worker, as they look in the middle of a large posting."""
    now = timezone.now()
    job = Job.objects.create(
        kind="post_statements", title=Message("Post {count} statements", {"count": 38}), status=Job.Status.RUNNING,
        phase=Message("Customer order invoiced"),
        done=12_480, total=31_000, requested_by=showcase.poster, dispatched_at=now, started_at=now - timedelta(seconds=9), heartbeat_at=now,
    )  # fmt: skip
    for store, work in (("S367", Statement.WorkState.RUNNING), ("S406", Statement.WorkState.QUEUED)):
        running = work == Statement.WorkState.RUNNING
        values = {"run_token": uuid4(), "heartbeat_at": now, "post_state": "Aggregated"} if running else {}
        Statement.objects.filter(pk=showcase.statement(store, 2).pk).update(work_state=work, job=job, **values)
    statement = showcase.statement("S367", 2)
    StatementEvent.objects.bulk_create(
        StatementEvent(statement=statement, event="completed", state=state, actor="worker") for state in ("Checked", "Aggregated")
    )
    return job
