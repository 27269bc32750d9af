"""Hold failing transactions: what cannot be posted leaves its statement for a supplement, so that the rest of the day posts.

Tender totals of statement and supplement together stay what they were: held payments leave the expected and the counted amount alike.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from core.lib.messages import Message, Params
from inventory.rules.issues import Taken
from inventory.rules.stock import Demand, Failure
from orders.rules.order_numbers import statement_number
from orders.services.invoices import Issuing, decide_needs
from parameters.writes import reserve_numbers
from statements.queries import posting as reads
from statements.services.chunks import Chunk
from statements.writes import hold as writes
from statements.writes.posting import add_events, insert_order_lines
from statements.writes.versions import leave_orders


def hold_failing_transactions(chunk: Chunk, orders: Mapping[int, int], needs: Sequence[Demand], earlier: Taken, how: Issuing) -> bool:
    """Moves transactions that would fail to supplements, in the caller's transaction; says whether it moved any.

    Only for legal entities whose parameter says so, and only where something of the statement can be posted without them: a statement of
    which everything fails stands in its error state instead. Locks on-hand rows as invoicing does. A fixed number of queries.
    """
    holding = {order_id for order_id, statement_id in orders.items() if holds_failing(chunk, statement_id)}
    if not holding:
        return False
    transaction_of = reads.transactions_of_lines([need.line_id for need in needs if need.order_id in holding])
    by_transaction = [need._replace(order_id=-transaction_of[need.line_id]) if need.order_id in holding else need for need in needs]
    entity_of_warehouse = {head.warehouse_id: head.legal_entity_id for head in chunk.heads.values()}
    decided = decide_needs(by_transaction, earlier, entity_of_warehouse, how, lock=True)
    failing = {-unit: failures for unit, failures in decided.failures.items() if unit < 0}
    held = _worth_holding(failing, reads.sales_on_statements([statement_id for order, statement_id in orders.items() if order in holding]))
    if held:
        _move(chunk, held, failing)
    return bool(held)


def holds_failing(chunk: Chunk, statement_id: int) -> bool:
    """Whether the statement's legal entity takes failing transactions off its statements."""
    settings = chunk.settings_of(statement_id)
    return settings is not None and settings.posting_hold_failing_transactions


def _worth_holding(failing: Mapping[int, Sequence[Failure]], statement_of_sale: Mapping[int, int]) -> dict[int, int]:
    """Failing transactions with their statement, without statements of which every sale fails."""
    sales = Counter(statement_of_sale.values())
    failed = Counter(statement_of_sale[transaction] for transaction in failing)
    return {
        transaction: statement_of_sale[transaction]
        for transaction in failing
        if failed[statement_of_sale[transaction]] < sales[statement_of_sale[transaction]]
    }


def _move(chunk: Chunk, held: Mapping[int, int], failing: Mapping[int, Sequence[Failure]]) -> None:
    """New supplements, transactions and money over to them, the orders' lines made anew from what stays."""
    transactions: dict[int, list[int]] = defaultdict(list)
    for transaction, statement_id in sorted(held.items()):
        transactions[statement_id].append(transaction)
    wanted = Counter(chunk.heads[statement_id].store for statement_id in transactions)
    blocks = reserve_numbers({f"statement:{store}": count for store, count in wanted.items()})
    numbers: dict[int, str] = {}
    reasons: dict[int, tuple[str, Message]] = {}
    for statement_id in sorted(transactions, key=lambda statement_id: (chunk.heads[statement_id].business_date, statement_id)):
        store = chunk.heads[statement_id].store
        numbers[statement_id] = statement_number(store, blocks[f"statement:{store}"])
        blocks[f"statement:{store}"] += 1
        codes = Counter(failure.code for transaction in transactions[statement_id] for failure in failing[transaction])
        why = [Message("{code} ({count} lines)", {"code": code, "count": count}) for code, count in sorted(codes.items())]
        said: Params = {"statement": chunk.heads[statement_id].number, "count": len(transactions[statement_id]), "reasons": why}
        text = Message("Held from {statement}: {count} transactions, {reasons}. Mend the cause, then post.", said)
        reasons[statement_id] = (codes.most_common(1)[0][0], text)
    supplements = writes.insert_supplements(numbers, reasons)
    writes.move_transactions(held, supplements)
    emptied, changed = leave_orders(held)
    writes.delete_orders(emptied)
    insert_order_lines(changed)
    add_events([(statement_id, "held", "", text) for statement_id, (_, text) in reasons.items()], "")
    chunk.forget_money(transactions)
