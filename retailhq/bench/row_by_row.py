"""The same posting the slow way, for S9: one row at a time through the ORM, as back offices are often written.

It handles what the generator makes (sales without captured batches or returns) and must come to the same allocations and stock.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from inventory.models import Batch, BatchDebt, Disposition, InventoryTransaction, OnHand
from ledger.models import PostingProfile, Voucher, VoucherLine
from orders.models import BatchAllocation, Invoice, InvoiceLine, PaymentJournal, PaymentJournalLine, SalesOrder, SalesOrderLine
from statements.models import OrderTransaction, PosTransaction, PosTransactionLine, Statement, StatementEvent
from statements.rules.states import POST_STATES

CENT = Decimal("0.01")


def post_all_row_by_row() -> None:
    """Posts every calculated statement in order of warehouse and period."""
    for statement in Statement.objects.select_related("store").order_by("warehouse_id", "business_date", "number"):
        with transaction.atomic():
            _post(statement)


def _post(statement: Statement) -> None:
    order = SalesOrder(
        number=f"{statement.number}-0001",
        legal_entity_id=statement.legal_entity_id,
        origin="statement",
        store=statement.store,
        warehouse_id=statement.warehouse_id,
        customer_id=statement.store.walk_in_customer_id,
        business_date=statement.business_date,
        status="created",
        source_kind=SourceKind.STATEMENT,
        source_id=statement.pk,
        ordinal=1,
    )
    order.save(force_insert=True)
    sales = list(PosTransaction.objects.filter(statement=statement, kind="sale").order_by("sold_at", "number"))
    for sale in sales:
        OrderTransaction.objects.create(transaction=sale, order=order)
    order_lines = _order_lines(order, sales)
    cost = Decimal(0)
    moved: dict[tuple[int, int | None], tuple[Decimal, PosTransactionLine]] = {}
    for sale in sales:
        for line in sale.lines.select_related("item__tracking_group", "item__model_group").order_by("number"):
            for batch_id, quantity in _allocate(statement, sale, line, order_lines[line.item_id or 0]):
                key = (order_lines[line.item_id or 0].pk, batch_id)
                moved[key] = (moved.get(key, (Decimal(0), line))[0] + quantity, line)
    for (order_line_id, batch_id), (quantity, line) in moved.items():
        assert line.item is not None
        assert line.item_id is not None
        amount = (quantity * line.item.standard_cost).quantize(CENT, ROUND_HALF_UP)
        cost += amount
        InventoryTransaction.objects.create(
            warehouse_id=statement.warehouse_id,
            item_id=line.item_id,
            batch_id=batch_id,
            quantity=-quantity,
            date=statement.business_date,
            source_kind=SourceKind.SALES_ORDER_LINE,
            source_id=order_line_id,
            cost_amount=-amount,
        )
    _invoice(statement, order, order_lines, cost, sales)
    for state in POST_STATES:
        statement.post_state = state
        if state == POST_STATES[-1]:
            statement.posted_at = statement.created_at
        statement.save()
        StatementEvent.objects.create(statement=statement, event="completed", state=state, actor="bench")


def _order_lines(order: SalesOrder, sales: list[PosTransaction]) -> dict[int, SalesOrderLine]:
    lines: dict[int, SalesOrderLine] = {}
    for sale in sales:
        for line in sale.lines.select_related("item").order_by("number"):
            assert line.item_id is not None
            known = lines.get(line.item_id)
            if known is None:
                known = lines[line.item_id] = SalesOrderLine(
                    order=order,
                    line_number=len(lines) + 1,
                    item_id=line.item_id,
                    unit_id=line.unit_id,
                    quantity=ZERO,
                    stock_quantity=ZERO,
                    price=line.price,
                    discount=ZERO,
                    net=ZERO,
                    tax=ZERO,
                )
            known.quantity += line.quantity
            known.stock_quantity += line.stock_quantity or 0
            known.net += line.net
            known.tax += line.tax
            known.save()
    return lines


def _allocate(
    statement: Statement, sale: PosTransaction, line: PosTransactionLine, order_line: SalesOrderLine
) -> list[tuple[int | None, Decimal]]:
    assert line.item is not None
    left = line.stock_quantity or Decimal(0)
    takes: list[tuple[int | None, Decimal, str, str]] = []
    if not line.item.tracking_group.batch_active:
        takes.append((None, left, "untracked", "NOT_TRACKED"))
        _move(statement.warehouse_id, line.item_id or 0, None, -left)
        left = Decimal(0)
    else:
        stocks = OnHand.objects.filter(
            warehouse_id=statement.warehouse_id,
            item=line.item,
            physical__gt=0,
            batch__is_default_batch=False,
            batch__disposition__blocks_sale=False,
            batch__expires_on__gte=statement.business_date,
            first_received_at__lte=sale.sold_at,
        ).order_by("batch__expires_on", "first_received_at", "batch__number")
        for stock in stocks:
            used = min(left, stock.physical - stock.reserved)
            stock.physical -= used
            stock.save()
            takes.append((stock.batch_id, used, "allocated", "FEFO"))
            left -= used
            if not left:
                break
    if left:
        batch, _ = Batch.objects.get_or_create(
            item=line.item, number="DEFAULT", defaults={"is_default_batch": True, "disposition": Disposition.objects.get(code="available")}
        )
        # Its stock follows the debt.
        OnHand.objects.get_or_create(
            warehouse_id=statement.warehouse_id, item=line.item, batch=batch, defaults={"is_default": True, "negative_allowed": True}
        )
        had = OnHand.objects.filter(warehouse_id=statement.warehouse_id, item=line.item, batch__is_default_batch=False).exists()
        takes.append((batch.pk, left, "default", "STOCK_USED_UP" if had else "NO_BATCH"))
        BatchDebt.objects.create(
            warehouse_id=statement.warehouse_id,
            item=line.item,
            batch=batch,
            source_kind=SourceKind.POS_LINE,
            source_id=line.pk,
            quantity=left,
            open_quantity=left,
            business_date=statement.business_date,
            unit_cost=line.item.standard_cost,
        )
    for ordinal, (batch_id, quantity, source, reason) in enumerate(takes, 1):
        BatchAllocation.objects.create(
            source_kind=SourceKind.POS_LINE,
            source_id=line.pk,
            ordinal=ordinal,
            order_line=order_line,
            item=line.item,
            warehouse_id=statement.warehouse_id,
            batch_id=batch_id,
            quantity=quantity,
            source=source,
            reason=reason,
            setting="DEFAULT" if source == "default" else "",
        )
    return [(batch_id, quantity) for batch_id, quantity, _, _ in takes]


def _move(warehouse_id: int, item_id: int, batch_id: int | None, quantity: Decimal) -> None:
    batch = None if batch_id is None else Batch.objects.get(pk=batch_id)
    stock, _ = OnHand.objects.get_or_create(warehouse_id=warehouse_id, item_id=item_id, batch=batch)
    stock.physical += quantity
    stock.negative_allowed = stock.negative_allowed or stock.physical < 0
    stock.save()


def _invoice(statement: Statement, order: SalesOrder, lines: dict[int, SalesOrderLine], cost: Decimal, sales: list[PosTransaction]) -> None:
    net, tax = sum((line.net for line in lines.values()), ZERO), sum((line.tax for line in lines.values()), ZERO)
    named = {"number": f"{order.number}-I1", "legal_entity_id": order.legal_entity_id, "order": order}
    invoice = Invoice(**named, date=order.business_date, net=net, tax=tax, total=net + tax)
    invoice.save(force_insert=True)
    for line in lines.values():
        InvoiceLine.objects.create(
            invoice=invoice, line_number=line.line_number, order_line=line, quantity=line.quantity, net=line.net, tax=line.tax
        )
    order.status = "invoiced"
    order.save()
    entries = {"clearing": net + tax, "revenue": -net, "sales_tax": -tax, "cost_of_goods": cost, "inventory": -cost}
    _voucher(
        statement,
        f"{order.number}-INV",
        SourceKind.INVOICE,
        invoice.pk,
        "invoice",
        [(kind, "", amount) for kind, amount in entries.items()],
    )
    journal = PaymentJournal.objects.create(
        number=f"{statement.number}-PJ", source_kind=SourceKind.STATEMENT, source_id=statement.pk, date=statement.business_date
    )
    by_method: dict[str, Decimal] = {}
    for sale in sales:
        for payment in sale.payments.all():
            by_method[payment.method_id] = by_method.get(payment.method_id, Decimal(0)) + payment.amount
    for method, amount in by_method.items():
        PaymentJournalLine.objects.create(journal=journal, invoice=invoice, payment_method_id=method, amount=amount)
    paid = [("payment", method, amount) for method, amount in sorted(by_method.items())]
    paid.append(("clearing", "", -sum(by_method.values(), ZERO)))
    journal.voucher = _voucher(statement, f"{statement.number}-PAY", SourceKind.STATEMENT, statement.pk, "payments", paid)
    journal.save()


def _voucher(
    statement: Statement, number: str, source_kind: SourceKind, source_id: int, step: str, entries: list[tuple[str, str, Decimal]]
) -> Voucher:
    voucher = Voucher(
        legal_entity_id=statement.legal_entity_id,
        number=number,
        date=statement.business_date,
        source_kind=source_kind,
        source_id=source_id,
        step=step,
    )
    voucher.save(force_insert=True)
    lines = []
    for line_number, (kind, method, amount) in enumerate((entry for entry in entries if entry[2]), 1):
        profile = PostingProfile.objects.get(legal_entity_id=statement.legal_entity_id, posting_type=kind, payment_method=method)
        lines.append(
            VoucherLine(
                voucher=voucher, line_number=line_number, account_id=profile.account_id, debit=max(amount, ZERO), credit=max(-amount, ZERO)
            )
        )
    # The database refuses a voucher whose lines come one by one, because each of them alone does not balance.
    VoucherLine.objects.bulk_create(lines)
    return voucher
