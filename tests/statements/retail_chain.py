"""A chain of stores: goods and valid POS transactions, written straight into the tables, ready to be calculated and posted.

One line per fact, as small as a test wants it; what a test does not name has a plain value. Unlike the files of a scenario nothing is
imported or validated here, so a test of the engine can also make what a till would never send.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.lib.document_kinds import SourceKind
from inventory.models import (
    Batch,
    BatchDebt,
    Disposition,
    InventoryTransaction,
    Item,
    ItemGroup,
    ItemModelGroup,
    OnHand,
    ReceiptLine,
    Site,
    StorageGroup,
    TrackingGroup,
    Warehouse,
)
from inventory.queries.costing import pool_costs
from inventory.rules.receipts import ReceivedLines, receipt_vouchers
from inventory.writes.costing import ensure_cost_rows, save_costs
from ledger.models import Voucher, VoucherLine
from ledger.queries import posting_accounts
from ledger.services import ensure_legal_entity_books
from ledger.writes import insert_vouchers
from orders.models import (
    BatchAllocation,
    Customer,
    Invoice,
    InvoiceLine,
    PaymentJournal,
    PaymentJournalLine,
    PaymentMethod,
    SalesOrder,
    SalesOrderLine,
    Store,
    Terminal,
)
from parameters.models import Currency, LegalEntity, RetailParameters, Unit
from retailhq.exchange.queries import exports
from retailhq.exchange.rules.exports import BY_NAME, KINDS
from retailhq.integrity.checks import differences
from statements.models import PosPayment, PosTransaction, PosTransactionLine, Statement
from statements.services.calculation import calculate_statements
from statements.services.posting import postable_statements, request_posting, run_inline

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)
MILK, SOAP = "MILK", "SOAP"
INVOICED, CREATED = "Customer order invoiced", "Customer order created"
PUBLIC_KINDS = tuple(kind.name for kind in KINDS)


@dataclass(frozen=True)
class Line:
    """A till line; it costs `price` a piece and carries no tax."""

    item: str
    quantity: Decimal
    batch: Batch | None = None
    return_of: PosTransactionLine | None = None
    price: Decimal = Decimal("2.00")
    discount: Decimal = Decimal(0)
    voided: bool = False

    @property
    def net(self) -> Decimal:
        return self.price * self.quantity - self.discount


def line(item: str, quantity: int | str | Decimal, **how: Any) -> Line:
    return Line(item, Decimal(quantity), **how)


@dataclass
class RetailChain:
    """Stores by code, each with its own warehouse unless told otherwise; the default batch DEF is in use unless told otherwise."""

    parameters: dict[str, Any] = field(default_factory=dict)
    entities: dict[str, LegalEntity] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    numbers: int = 0

    def __post_init__(self) -> None:
        Currency.objects.get_or_create(code="USD")
        Unit.objects.get_or_create(code="pcs")
        for method in ("cash", "card", "gift_card", "voucher", "on_account"):
            PaymentMethod.objects.get_or_create(code=method, defaults={"name": method})
        for code, blocks in (("available", False), ("blocked", True)):
            Disposition.objects.get_or_create(code=code, defaults={"name": code, "blocks_sale": blocks})
        ItemGroup.objects.get_or_create(code="ALL")
        StorageGroup.objects.get_or_create(code="T-PLAIN")
        for tracked in (True, False):
            TrackingGroup.objects.get_or_create(code=f"T-{tracked}", batch_active=tracked)
        self.entity("LE", **self.parameters)

    # -- what is so ----------------------------------------------------------------------------------------------------

    def entity(self, code: str, **parameters: Any) -> LegalEntity:
        """A legal entity with books and parameters."""
        entity = LegalEntity.objects.create(code=code, name=code, currency_id="USD")
        ensure_legal_entity_books([entity.pk])
        defaults = {"posting_use_default_batch_id": True, "posting_default_batch_id": "DEF", **parameters}
        RetailParameters.objects.create(legal_entity=entity, **defaults)
        self.entities[code] = entity
        return entity

    def set(self, entity: str = "LE", **parameters: Any) -> None:
        """Change parameters."""
        RetailParameters.objects.filter(legal_entity=self.entities[entity]).update(**parameters)

    def fallback(self, on: bool, entity: str = "LE") -> None:
        self.set(entity, posting_use_default_batch_id=on, posting_default_batch_id="DEF" if on else "")

    def store(self, code: str = "S1", *, beside: str = "", entity: str = "LE", **warehouse: Any) -> Store:
        """A store; `beside` names another one whose warehouse it shares."""
        if code in self.stores:
            return self.stores[code]
        if beside:
            place = self.store(beside).warehouse
        else:
            site, _ = Site.objects.get_or_create(code=f"SITE-{entity}", legal_entity=self.entities[entity])
            place = Warehouse.objects.create(code=f"W-{code}", site=site, legal_entity=self.entities[entity], **warehouse)
        customer = Customer.objects.create(code=f"WALKIN-{code}", name="Walk-in")
        self.stores[code] = Store.objects.create(
            code=code,
            name=code,
            warehouse=place,
            currency_id="USD",
            time_zone="UTC",
            end_of_business_day=time(0),
            walk_in_customer=customer,
        )
        Terminal.objects.create(store=self.stores[code], code="T1")
        return self.stores[code]

    def item(
        self, code: str = MILK, *, negative: bool = True, tracked: bool | None = None, policy: str = "fefo", cost: str = "1.50"
    ) -> Item:
        """An item; MILK is batch-tracked, SOAP is not."""
        if code in self.items:
            return self.items[code]
        model, _ = ItemModelGroup.objects.get_or_create(
            code=f"T-{policy}-{negative}", negative_physical=negative, negative_financial=negative, allocation_policy=policy
        )
        is_tracked = code != SOAP if tracked is None else tracked
        self.items[code] = Item.objects.create(
            code=code,
            name=code,
            item_group=ItemGroup.objects.get(code="ALL"),
            model_group=model,
            tracking_group=TrackingGroup.objects.get(code=f"T-{is_tracked}"),
            storage_group=StorageGroup.objects.get(code="T-PLAIN"),
            unit_id="pcs",
            standard_cost=Decimal(cost),
        )
        return self.items[code]

    def batch(self, number: str, item: str = MILK, *, expires: date | None = None, disposition: str = "available") -> Batch:
        batch, _ = Batch.objects.get_or_create(
            item=self.item(item),
            number=number,
            defaults={"expires_on": expires, "disposition": Disposition.objects.get(code=disposition)},
        )
        return batch

    def stock(
        self,
        quantity: int | str,
        batch: str = "A",
        *,
        item: str = MILK,
        store: str = "S1",
        expires: date | None = None,
        received: datetime = LONG_AGO,
    ) -> Batch | None:
        """Goods that came in, as a receipt would have brought them."""
        place = self.store(store).warehouse
        assert place is not None
        row = self.batch(batch, item, expires=expires) if self.item(item).tracking_group.batch_active else None
        key = {"warehouse": place, "item": self.items[item], "batch": row}
        self.numbers += 1
        receipt = ReceiptLine.objects.create(
            receipt=f"R{self.numbers}",
            line_number=1,
            legal_entity_id=place.legal_entity_id,
            quantity=Decimal(quantity),
            unit_cost=Decimal(1),
            received_at=received,
            content_hash=UUID(int=1),
            **key,
        )
        pool = (place.pk, self.items[item].pk)
        ensure_cost_rows([pool])
        costs = pool_costs([pool], lock=True)
        cost = costs[pool].receive(Decimal(quantity), Decimal(1))
        save_costs(costs)
        entity = place.legal_entity_id
        came_in = ReceivedLines(receipt.receipt, 1, receipt.pk, entity, received.date(), cost)
        insert_vouchers(receipt_vouchers([came_in], posting_accounts([entity])))
        InventoryTransaction.objects.create(
            quantity=Decimal(quantity),
            date=received.date(),
            source_kind=SourceKind.RECEIPT_LINE,
            source_id=receipt.pk,
            cost_amount=cost.value,
            **key,
        )
        first = {"first_received_at": received, "physical": Decimal(quantity)}
        on_hand, is_new = OnHand.objects.get_or_create(**key, defaults=first)
        if not is_new:
            on_hand.physical += Decimal(quantity)
            on_hand.save()
        return row

    # -- what happens --------------------------------------------------------------------------------------------------

    def sale(
        self,
        *lines: Line,
        store: str = "S1",
        day: int = 0,
        at: int | None = None,
        customer: str = "",
        kind: str = "sale",
        method: str = "cash",
        paid: str | None = None,
        total: str | None = None,
        number: str = "",
        valid: bool = True,
    ) -> list[PosTransactionLine]:
        """A till transaction, `at` minutes after noon of that day; paid as it costs, or `paid`; its lines."""
        self.numbers += 1
        amount = sum((row.net for row in lines if not row.voided), Decimal(0)) if total is None else Decimal(total)
        buyer = Customer.objects.get_or_create(code=customer, defaults={"name": customer})[0] if customer else None
        till = self.store(store).terminal_set.get()
        transaction = PosTransaction.objects.create(
            store=self.stores[store],
            terminal=till,
            number=number or f"{self.numbers:05}",
            kind=kind,
            sold_at=NOON + timedelta(days=day, minutes=self.numbers if at is None else at),
            business_date=DAY + timedelta(days=day),
            currency_id="USD",
            customer=buyer,
            customer_code=customer,
            net=amount,
            tax=Decimal(0),
            total=amount,
            content_hash=UUID(int=self.numbers),
            validation_status="valid" if valid else "error",
        )
        sold = PosTransactionLine.objects.bulk_create(
            PosTransactionLine(
                transaction=transaction,
                number=number,
                item=self.item(row.item),
                item_code=row.item,
                unit_id="pcs",
                quantity=row.quantity,
                stock_quantity=row.quantity,
                price=row.price,
                discount=row.discount,
                net=row.net,
                tax=Decimal(0),
                batch=row.batch,
                batch_number=row.batch.number if row.batch else "",
                voided=row.voided,
                return_of=row.return_of,
            )
            for number, row in enumerate(lines, 1)
        )
        payment = amount if paid is None else Decimal(paid)
        if payment:
            PosPayment.objects.create(transaction=transaction, number=1, method_id=method, amount=payment)
        return sold

    def sells(self, quantity: int | str, item: str = MILK, *, batch: Batch | None = None, **how: Any) -> PosTransactionLine:
        """A sale of one line."""
        return self.sale(line(item, quantity, batch=batch), **how)[0]

    def takes_back(self, sold: PosTransactionLine | None, quantity: int | str, item: str = MILK, **how: Any) -> PosTransactionLine:
        """A return of one line, linked or blind."""
        return self.sale(line(item, -Decimal(quantity), return_of=sold), **how)[0]

    def event(self, kind: str, amount: str, **how: Any) -> None:
        """A cash event of the till: income, expense, float ..., or what was counted."""
        self.sale(kind=kind, total="0" if kind == "tender_declaration" else amount, paid=amount, **how)

    # -- what headquarters does ----------------------------------------------------------------------------------------

    def calculates(self) -> list[Statement]:
        """All statements there are, in order of their numbers."""
        calculate_statements(actor="test")
        return self.statements()

    def posts(self, *stores: str) -> None:
        """Calculates what is new and posts everything that can be posted, in this process."""
        calculate_statements(actor="test")
        if ids := postable_statements(list(stores)):
            run_inline(request_posting(ids, None, "test", to_workers=False).pk, "test")

    # -- what came of it -----------------------------------------------------------------------------------------------

    def statements(self) -> list[Statement]:
        return list(Statement.objects.order_by("number"))

    def states(self) -> dict[str, tuple[str, str, str]]:
        """Posting state, failed state and code by statement."""
        return {row.number: (row.post_state, row.failed_state, row.error_code) for row in self.statements()}

    def takes(self, sold: PosTransactionLine) -> list[tuple[str, Decimal, str, str]]:
        """Batch, quantity, source and reason of a till line."""
        rows = BatchAllocation.objects.filter(source_kind=SourceKind.POS_LINE, source_id=sold.pk).order_by("ordinal")
        return [(row.batch.number if row.batch else "", row.quantity, row.source, row.reason) for row in rows.select_related("batch")]

    def shelf(self, item: str = MILK, store: str = "S1") -> dict[str, Decimal]:
        """On-hand by batch number, zeros left out."""
        rows = OnHand.objects.filter(item=self.items[item], warehouse=self.stores[store].warehouse).select_related("batch")
        return {row.batch.number if row.batch else "": row.physical for row in rows if row.physical}


def exported(kinds: Sequence[str] = PUBLIC_KINDS, stores: Sequence[str] | None = None) -> dict[str, list[tuple[str, ...]]]:
    """Every export as rows, header left out; of all stores or of some."""
    chosen = None if stores is None else list(exports.store_ids(stores).values())
    found = {}
    for name in kinds:
        pieces = exports.stream_rows(BY_NAME[name], exports.Selection(stores=chosen), NOON)
        found[name] = [tuple(row) for row in csv.reader(io.StringIO(b"".join(pieces).decode()))][1:]
    return found


def must_be_sound() -> None:
    """What check_integrity would say."""
    found = list(differences())
    assert not found, found


def count_rows() -> dict[str, int]:
    """How many rows posting has written, by table: a second run that changes nothing leaves all of them alone."""
    tables: tuple[Any, ...] = (
        BatchDebt,
        InventoryTransaction,
        Voucher,
        VoucherLine,
        SalesOrder,
        SalesOrderLine,
        Invoice,
        InvoiceLine,
        BatchAllocation,
        PaymentJournal,
        PaymentJournalLine,
    )
    return {table.__name__: table.objects.count() for table in tables}
