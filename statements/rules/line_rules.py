"""Rules on the lines of a transaction: items, prices, returns, captured batches, stock; see statements/rules/validation.py."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from core.lib.decimals import ZERO
from core.lib.messages import Param, Params
from inventory.rules.captured import differing_expiry
from inventory.rules.expiry import is_expired
from inventory.rules.facts import ItemFacts
from inventory.rules.fallback import blind_return_refusal, fallback_refusal
from inventory.rules.file_columns import STOCKED
from inventory.rules.plausible import Limits
from orders.rules.till_lines import IMPLAUSIBLE_QUANTITY, PosLineData, ReturnRef, beside_its_price
from statements.rules.header_rules import Finding, Found
from statements.rules.till import (
    PosTransactionData,
    PosTransactionKey,
    StockCheck,
    StockQuestion,
    ValidationContext,
    policy_of,
)


def item_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The item exists."""
    items = facts.items
    for line in transaction.live:
        if line.item not in items:
            yield Finding({"item": line.item}, line.number)


def price_not_negative(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """No price below zero."""
    for line in transaction.live:
        if line.price < 0:
            yield Finding({"price": line.price, "item": line.item}, line.number)


def price_fits(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Quantity times price less discount is the net, or net and tax."""
    decimals, limit = facts.decimals.get(transaction.currency, 2), facts.stores[transaction.key.store].rounding_limit
    for line in transaction.live:
        amount = beside_its_price(line, decimals, limit)
        if amount is not None:
            said: Params = {"item": line.item, "quantity": line.quantity, "price": line.price, "amount": amount, "net": line.net}
            yield Finding({**said, "tax": line.tax}, line.number)


def quantity_plausible(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Nobody sells a million of anything in one line."""
    for line in transaction.live:
        if abs(line.quantity) >= IMPLAUSIBLE_QUANTITY:
            yield Finding({"quantity": line.quantity, "item": line.item}, line.number)


def quantity_expected(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """No line has more than the company takes for possible."""
    limits = facts.limits.get(facts.stores[transaction.key.store].legal_entity_id or 0, Limits())
    for line in transaction.live:
        if problem := limits.of_quantity(line.item, line.quantity):
            yield Finding(problem.params, line.number)


def signs_agree(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Quantity and net have the same sign."""
    for line in transaction.live:
        if (line.quantity < 0 < line.net) or (line.net < 0 < line.quantity):
            yield Finding({"quantity": line.quantity, "net": line.net, "item": line.item}, line.number)


def unit_converts(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The unit converts to the item's unit."""
    for line in transaction.live:
        item = facts.items.get(line.item)
        if item and item.unit != line.unit and facts.stock_quantity(line) is None:
            yield Finding({"unit": line.unit, "item": line.item, "stock_unit": item.unit}, line.number)


def warehouse_set(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The store has a warehouse, and thereby a site."""
    if facts.stores[transaction.key.store].warehouse_id is None:
        yield Finding({"store": transaction.key.store})


def return_reference_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A linked return names a sold line of the same item that is not itself a return."""
    for line in transaction.live:
        if line.return_of is not None and (found := _wrong_reference(line, line.return_of, facts)):
            yield found


def _wrong_reference(line: PosLineData, back: ReturnRef, facts: ValidationContext) -> Finding | None:
    sold: dict[str, Param] = {"receipt": f"{back.store}/{back.terminal}/{back.number}", "line": back.line}
    original = facts.originals.get(back)
    if original is None:
        return Finding(sold, line.number, "unknown")
    if original.item != line.item:
        return Finding(sold | {"sold": original.item, "item": line.item}, line.number, "other_item")
    if original.is_return or original.voided or not original.is_sale:
        return Finding(sold, line.number, "no_sale")
    return Finding(sold | {"quantity": line.quantity}, line.number, "positive") if line.quantity > 0 else None


def return_not_above_sale(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """What came back of a line before, and comes back now, is not more than was sold; a wrong reference is told by its own rule."""
    so_far: dict[object, Decimal] = {}
    for line in transaction.live:
        if line.return_of is None or _wrong_reference(line, line.return_of, facts):
            continue
        sold = facts.originals[line.return_of].stock_quantity
        quantity = facts.stock_quantity(line)
        if sold is None or quantity is None or quantity >= 0:
            continue
        before = so_far.get(line.return_of, facts.returned.get(line.return_of, ZERO))
        so_far[line.return_of] = before - quantity
        if before - quantity > sold:
            yield Finding({"quantity": -quantity, "item": line.item, "sold": sold, "returned": before}, line.number)


def captured_lines(transaction: PosTransactionData, facts: ValidationContext) -> Iterator[tuple[PosLineData, ItemFacts]]:
    """Lines with a captured batch whose item is known."""
    for line in transaction.live:
        if line.batch:
            item = facts.items.get(line.item)
            if item:
                yield line, item


def captured_batch_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch is a batch of the item."""
    for line, item in captured_lines(transaction, facts):
        if item.tracked and facts.captured_batch(line) is None:
            yield Finding({"batch": line.batch, "item": line.item}, line.number)


def captured_batch_allowed(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch stands on a batch-tracked item only."""
    for line, item in captured_lines(transaction, facts):
        if not item.tracked:
            yield Finding({"item": line.item, "batch": line.batch}, line.number)


def captured_batch_not_blocked(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The disposition of a captured batch does not block sales."""
    for line, _ in captured_lines(transaction, facts):
        batch = facts.captured_batch(line)
        if batch and batch.blocks_sale and line.quantity > 0:
            yield Finding({"batch": line.batch, "item": line.item, "disposition": batch.disposition}, line.number)


def captured_batch_not_expired(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch was not expired on the business date."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    settings = facts.fallback.get(entity) if entity is not None else None
    on_the_day = settings is None or settings.sellable_on_expiration_date
    for line, _ in captured_lines(transaction, facts):
        batch = facts.captured_batch(line)
        expires_on = batch.expires_on or line.expires_on if batch is not None else None
        if expires_on is None or line.quantity <= 0:
            continue
        if is_expired(expires_on, transaction.business_date, on_the_day):
            sold: Params = {"batch": line.batch, "item": line.item, "expired": expires_on, "date": transaction.business_date}
            yield Finding(sold, line.number)


def scanned_expiry_agrees(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch has the expiry that its 2D code says."""
    for line, _ in captured_lines(transaction, facts):
        batch = facts.captured_batch(line)
        if batch is not None and (said := differing_expiry(line.item, line.batch, batch.expires_on, line.expires_on)):
            yield Finding(said, line.number)


def find_stock_checks(transactions: Iterable[PosTransactionData], facts: ValidationContext) -> dict[PosTransactionKey, list[StockCheck]]:
    """The lines, by transaction, that valid batches must cover because the default batch could not take the rest."""
    refusals: dict[tuple[str, bool, bool], str] = {}
    stock_checks: dict[PosTransactionKey, list[StockCheck]] = {}
    items = facts.items
    for transaction in transactions:
        store = facts.stores[transaction.key.store]
        settings = facts.fallback.get(store.legal_entity_id) if store.legal_entity_id is not None else None
        if settings is None or store.warehouse_id is None:
            continue
        for line in transaction.live:
            item = items.get(line.item)
            if item is None or not item.tracked or item.kind != STOCKED or line.batch or line.quantity <= 0:
                continue
            flags = (transaction.key.store, item.negative_physical, item.wms_enabled)
            refusal = refusals.get(flags)
            if refusal is None:
                refusal = refusals[flags] = fallback_refusal(policy_of(item, store), settings)
            if refusal:
                question = StockQuestion(store.warehouse_id, item.id, transaction.business_date, transaction.sold_at)
                stock_checks.setdefault(transaction.key, []).append(StockCheck(line, question, refusal))
    return stock_checks


def batches_cover(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Valid batches in stock cover the line, or the default batch may be used; a blind return has a batch to go to."""
    yield from _blind_returns(transaction, facts)
    for line, question, refusal in facts.stock_checks.get(transaction.key, ()):
        quantity = facts.stock_quantity(line)
        available = facts.available.get(question, ZERO)
        if quantity is not None and available < quantity:
            warehouse = facts.stores[transaction.key.store].warehouse
            missing: Params = {"item": line.item, "quantity": quantity, "warehouse": warehouse, "available": max(available, ZERO)}
            yield Finding({**missing, "code": refusal}, line.number, "short")


def _blind_returns(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    store = facts.stores[transaction.key.store]
    settings = facts.fallback.get(store.legal_entity_id) if store.legal_entity_id is not None else None
    for line in transaction.live:
        item = facts.items.get(line.item)
        if settings is None or item is None or not item.tracked or line.batch or line.return_of is not None or line.quantity >= 0:
            continue
        if blind_return_refusal(policy_of(item, store), settings) == "DEFAULT_BATCH_NOT_SET":
            yield Finding({"item": line.item}, line.number, "blind_return")


def default_batch_usable(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The default batch number is not a real or blocked batch of the item."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    settings = facts.fallback.get(entity) if entity is not None else None
    if settings is None or not settings.use_default_batch or not settings.default_batch_id:
        return
    number = settings.default_batch_id
    for line in transaction.live:
        item = facts.items.get(line.item)
        batch = facts.batches.get((item.id, number)) if item and item.tracked else None
        if batch and not batch.is_default_batch:
            yield Finding({"batch": number, "item": line.item}, line.number, "real")
        elif batch and batch.blocks_sale:
            yield Finding({"batch": number, "item": line.item, "disposition": batch.disposition}, line.number, "blocked")
