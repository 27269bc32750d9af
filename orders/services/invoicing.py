"""Issues stock for orders and invoices them: the one engine room of statements and customer orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.queries.policies import Policies
from inventory.queries.stock import LoadedStock, load_stock
from inventory.rules.allocation import Earlier, decide
from inventory.rules.issuing import plan_issue, with_placeholder
from inventory.rules.stock import PLACEHOLDER, Decision, Failure, FallbackSettings, Need, Take
from inventory.writes.issuing import apply_deltas, ensure_placeholders, insert_debts, insert_movements, reduce_debts
from ledger.queries import Accounts
from ledger.writes import insert_vouchers
from orders.queries.invoicing import item_names, order_heads
from orders.rules.invoicing import OrderHead, failure_message, plan_invoice_voucher
from orders.writes.invoicing import clear_failures, insert_allocations, insert_invoices, record_failures
from retailhq.lib.sources import SourceKind

INVOICE_ACCOUNTS = ("clearing", "revenue", "sales_tax", "cost_of_goods", "inventory")


@dataclass(slots=True)
class Decided:
    """Decisions of a set of needs, by legal entity, with the stock that they were made on."""

    loaded: LoadedStock
    by_entity: dict[int, Decision] = field(default_factory=dict)

    @property
    def failures(self) -> dict[int, Sequence[Failure]]:
        """Failures by order over all legal entities."""
        return {order: failed for decision in self.by_entity.values() for order, failed in decision.failures.items()}

    def takes(self) -> Iterable[Take]:
        """Takes of all legal entities."""
        for decision in self.by_entity.values():
            yield from decision.takes


def decide_needs(
    needs: Sequence[Need],
    earlier: Earlier,
    entity_of_warehouse: Mapping[int, int],
    settings: Mapping[int, FallbackSettings],
    policies: Policies,
    *,
    lock: bool,
) -> Decided:
    """Loads stock (locked in sorted order with `lock`) and decides; six statements at most, whatever the number of needs."""
    pools = {(need.warehouse_id, need.item_id) for need in needs}
    named = [((need.warehouse_id, need.item_id), need.batch_id) for need in needs if need.batch_id is not None]
    if earlier:
        named += [
            ((need.warehouse_id, need.item_id), take.batch_id)
            for need in needs
            if need.return_of is not None and need.return_of in earlier
            for take in earlier[need.return_of]
            if take.batch_id is not None
        ]
    decided = Decided(load_stock(pools, named, policies, lock=lock))
    of_entity: dict[int, list[Need]] = defaultdict(list)
    for need in needs:
        of_entity[entity_of_warehouse[need.warehouse_id]].append(need)
    for entity, its_needs in of_entity.items():
        decided.by_entity[entity] = decide(its_needs, decided.loaded.stocks, earlier, settings[entity])
    return decided


def invoice_orders(
    order_ids: Collection[int],
    needs: Sequence[Need],
    earlier: Earlier,
    settings: Mapping[int, FallbackSettings],
    accounts: Accounts,
    policies: Policies,
    source_kind: SourceKind,
) -> dict[int, Sequence[Failure]]:
    """Invoices the orders whose needs can all be met, in the caller's transaction; gives the failures of the others by order.

    Locks the on-hand rows of all needs in (warehouse, item, batch) order. A fixed number of statements. Raises StaleStock when stock
    changed in spite of the lock (the caller decides the chunk again) and IntegrityError when an order is invoiced already.
    """
    heads = {head.order_id: head for head in order_heads(order_ids)}
    entity_of_warehouse = {need.warehouse_id: heads[need.order_id].legal_entity_id for need in needs}
    decided = decide_needs(needs, earlier, entity_of_warehouse, settings, policies, lock=True)
    failures = decided.failures
    done = [order_id for order_id in order_ids if order_id not in failures]
    if done:
        costs = _issue(decided, settings, entity_of_warehouse, source_kind)
        clear_failures(done)
        invoices = insert_invoices(done)
        insert_vouchers(
            [
                plan_invoice_voucher(
                    heads[order_id], invoice_id, costs.get(order_id, Decimal(0)), _invoice_accounts(heads[order_id], accounts)
                )
                for order_id, invoice_id in invoices.items()
            ]
        )
    if failures:
        _record(failures, heads, source_kind)
    return failures


def _issue(
    decided: Decided, settings: Mapping[int, FallbackSettings], entity_of_warehouse: Mapping[int, int], source_kind: SourceKind
) -> dict[int, Decimal]:
    """Writes allocations, movements, on-hand and batch debt; gives the cost by order."""
    wanted: dict[str, set[int]] = {}
    for entity, decision in decided.by_entity.items():
        items = {take.need.item_id for take in decision.takes if take.batch_id == PLACEHOLDER}
        wanted.setdefault(settings[entity].default_batch_number, set()).update(items)
    # By number and item, whatever the legal entity: another lane that makes the same rows must meet them in the same order.
    placeholders = {number: ensure_placeholders(items, number) for number, items in sorted(wanted.items())}
    takes: list[Take] = []
    for entity, decision in decided.by_entity.items():
        own = placeholders[settings[entity].default_batch_number]
        takes += with_placeholder(decision.takes, own) if own else decision.takes
    insert_allocations(
        takes, source_kind, {warehouse: settings[entity].default_batch_number for warehouse, entity in entity_of_warehouse.items()}
    )
    plan = plan_issue(takes, decided.loaded.stocks, decided.loaded.unit_costs)
    insert_movements(plan.movements)
    apply_deltas(plan.deltas, decided.loaded.on_hand_ids)
    insert_debts(plan.debts, source_kind)
    reduce_debts(plan.returned, source_kind)
    return plan.cost_of_order


def _invoice_accounts(head: OrderHead, accounts: Accounts) -> dict[str, int]:
    return {kind: accounts[head.legal_entity_id, kind, ""] for kind in INVOICE_ACCOUNTS}


def _record(failures: Mapping[int, Sequence[Failure]], heads: Mapping[int, OrderHead], source_kind: SourceKind) -> None:
    names = item_names({failure.need.item_id for failed in failures.values() for failure in failed})
    record_failures(
        [
            (
                order_id,
                source_kind,
                failure.need.line_id,
                failure.need.item_id,
                failure.code,
                failure.missing,
                failure_message(failure, *names[failure.need.item_id], heads[order_id].store),
            )
            for order_id, failed in failures.items()
            for failure in failed
        ]
    )
