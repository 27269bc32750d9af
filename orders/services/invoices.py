"""Issues stock for orders and invoices them: the one engine room of statements and customer orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.lib.document_kinds import SourceKind
from inventory.queries.policies import Policies
from inventory.queries.stock import LoadedStock, load_stock
from inventory.rules.allocation import Earlier
from inventory.rules.issues import plan_issue, with_default_batch
from inventory.rules.reservations import Reservations, Used, decide_reserved
from inventory.rules.stock import DEFAULT_BATCH, Allocation, Decision, Demand, Failure, FallbackSettings
from inventory.writes.issues import apply_deltas, ensure_placeholders, insert_debts, insert_movements, reduce_debts, release_on_hand
from ledger.queries import Accounts
from ledger.writes import insert_vouchers
from orders.queries.invoices import item_names, order_heads
from orders.rules.invoices import OrderHead, failure_message, plan_invoice_voucher
from orders.writes.invoices import clear_failures, insert_allocations, insert_invoices, record_failures
from orders.writes.reservations import use_reservations

INVOICE_ACCOUNTS = ("clearing", "revenue", "sales_tax", "cost_of_goods", "inventory", "gift_card")


@dataclass(slots=True)
class Decided:
    """Decisions of a set of needs, by legal entity, with the stock that they were made on and the reservations that they use up."""

    loaded: LoadedStock
    by_entity: dict[int, Decision] = field(default_factory=dict)
    used: list[Used] = field(default_factory=list)

    @property
    def failures(self) -> dict[int, Sequence[Failure]]:
        """Failures by order over all legal entities."""
        return {order: failed for decision in self.by_entity.values() for order, failed in decision.failures.items()}

    def takes(self) -> Iterable[Allocation]:
        """Takes of all legal entities."""
        for decision in self.by_entity.values():
            yield from decision.takes


@dataclass(frozen=True, slots=True)
class Issuing:
    """How a kind of documents issues stock: what its allocations name as their source, and the default batch settings that apply."""

    source_kind: SourceKind
    settings: Mapping[int, FallbackSettings]
    policies: Policies
    reservations: Reservations = field(default_factory=dict)


def decide_needs(needs: Sequence[Demand], earlier: Earlier, entity_of_warehouse: Mapping[int, int], how: Issuing, *, lock: bool) -> Decided:
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
    decided = Decided(load_stock(pools, named, how.policies, lock=lock))
    of_entity: dict[int, list[Demand]] = defaultdict(list)
    for need in needs:
        of_entity[entity_of_warehouse[need.warehouse_id]].append(need)
    for entity, its_needs in of_entity.items():
        result = decide_reserved(its_needs, decided.loaded.stocks, earlier, how.settings[entity], how.reservations)
        decided.by_entity[entity] = result.decision
        decided.used += result.used
    return decided


def issue_needs(
    needs: Sequence[Demand], earlier: Earlier, entity_of_warehouse: Mapping[int, int], how: Issuing
) -> tuple[dict[int, Sequence[Failure]], dict[int, Decimal]]:
    """Decides and issues stock in the caller's transaction: allocations, movements, on-hand, batch debt, reservations used up.

    Gives the failures by order, and the cost by order that goes through. Locks the on-hand rows of all needs in (warehouse, item, batch)
    order. A fixed number of statements. Raises StaleStock when stock changed in spite of the lock (the caller decides the chunk again)
    and IntegrityError when a line is issued already.
    """
    decided = decide_needs(needs, earlier, entity_of_warehouse, how, lock=True)
    return decided.failures, _issue(decided, how, entity_of_warehouse)


def invoice_orders(
    order_ids: Collection[int], needs: Sequence[Demand], earlier: Earlier, accounts: Accounts, how: Issuing
) -> dict[int, Sequence[Failure]]:
    """Invoices whole orders whose needs can all be met, in the caller's transaction; gives the failures of the others by order.

    Locks and raises as `issue_needs`, and IntegrityError when an order is invoiced already. A fixed number of statements.
    """
    heads = {head.order_id: head for head in order_heads(order_ids)}
    entity_of_warehouse = {need.warehouse_id: heads[need.order_id].legal_entity_id for need in needs}
    failures, costs = issue_needs(needs, earlier, entity_of_warehouse, how)
    done = [order_id for order_id in order_ids if order_id not in failures]
    if done:
        clear_failures(done)
        invoices = insert_invoices(done)
        insert_vouchers(
            [
                plan_invoice_voucher(
                    heads[order_id], invoice_id, costs.get(order_id, Decimal(0)), invoice_accounts(heads[order_id], accounts)
                )
                for order_id, invoice_id in invoices.items()
            ]
        )
    if failures:
        record_failed_orders(failures, {order_id: (order_id, head.store) for order_id, head in heads.items()}, how.source_kind)
    return failures


def _issue(decided: Decided, how: Issuing, entity_of_warehouse: Mapping[int, int]) -> dict[int, Decimal]:
    """Writes allocations, movements, on-hand and batch debt; gives the cost by order."""
    wanted: dict[str, set[int]] = {}
    for entity, decision in decided.by_entity.items():
        items = {take.need.item_id for take in decision.takes if take.batch_id == DEFAULT_BATCH}
        wanted.setdefault(how.settings[entity].default_batch_id, set()).update(items)
    # By number and item, whatever the legal entity: another partition that makes the same rows must meet them in the same order.
    placeholders = {number: ensure_placeholders(items, number) for number, items in sorted(wanted.items())}
    takes: list[Allocation] = []
    for entity, decision in decided.by_entity.items():
        own = placeholders[how.settings[entity].default_batch_id]
        takes += with_default_batch(decision.takes, own) if own else decision.takes
    if not takes:
        return {}
    batch_ids = {warehouse: how.settings[entity].default_batch_id for warehouse, entity in entity_of_warehouse.items()}
    insert_allocations(takes, how.source_kind, batch_ids)
    plan = plan_issue(takes, decided.loaded.stocks, decided.loaded.unit_costs, by_line=how.source_kind is SourceKind.DELIVERY_LINE)
    moved_by = SourceKind.DELIVERY_LINE if how.source_kind is SourceKind.DELIVERY_LINE else SourceKind.SALES_ORDER_LINE
    insert_movements(plan.movements, moved_by)
    if decided.used:
        use_reservations(decided.used)
        release_on_hand(decided.used, decided.loaded.on_hand_ids)
    apply_deltas(plan.deltas, decided.loaded.on_hand_ids)
    insert_debts(plan.debts, how.source_kind)
    reduce_debts(plan.returned, how.source_kind)
    return plan.cost_of_order


def invoice_accounts(head: OrderHead, accounts: Accounts) -> dict[str, int]:
    """Accounts that an invoice posts to. Raises KeyError where a posting profile is missing, which is checked before."""
    return {kind: accounts[head.legal_entity_id, kind, ""] for kind in INVOICE_ACCOUNTS}


def record_failed_orders(
    failures: Mapping[int, Sequence[Failure]], orders: Mapping[int, tuple[int, str]], source_kind: SourceKind
) -> dict[int, str]:
    """Keeps why orders failed, in words; `orders` gives order and store by the id that failures go by. Gives each one's first sentence."""
    names = item_names({failure.need.item_id for failed in failures.values() for failure in failed})
    sentences = {
        key: [failure_message(failure, *names[failure.need.item_id], orders[key][1]) for failure in failed]
        for key, failed in failures.items()
    }
    record_failures(
        [
            (orders[key][0], source_kind, failure.need.line_id, failure.need.item_id, failure.code, failure.missing, sentence)
            for key, failed in failures.items()
            for failure, sentence in zip(failed, sentences[key], strict=True)
        ]
    )
    return {key: found[0] for key, found in sentences.items()}
