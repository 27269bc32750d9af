"""Why a till's line got its batches; and an explanation as values of JSON."""

from decimal import Decimal
from typing import Any

from core.lib.decimals import plain_text
from core.lib.document_kinds import SourceKind
from inventory.models import Item, Warehouse
from inventory.queries.as_of import PoolHistory
from inventory.rules.explanation import Candidate
from inventory.rules.fallback import statement_fallback
from orders.queries.explanations import PostedRun, takes_before
from orders.services.explanations import Explained, RunLines, explain_posted, first_returns
from statements.queries import explanations as reads
from statements.queries.needs import needs_of_order_lines


def explain_pos_line(line_id: int) -> Explained | None:
    """Why a line of a POS transaction got its batches; None where it moved nothing. A fixed number of queries."""
    return explain_posted(SourceKind.POS_LINE, line_id, lines_of_run, statement_fallback)


def lines_of_run(run: PostedRun, history: PoolHistory) -> RunLines:
    """What a run of statements decided in the (warehouse, item)."""
    needs = needs_of_order_lines(run.sources)
    sold = {need.return_of for need in needs if need.return_of is not None}
    earlier = takes_before(SourceKind.POS_LINE, sold, reads.returns_of_lines(sold) if sold else (), run.before)
    came_back = [
        (batch_id, moved.came_back_by[1])
        for batch_id, moved in history.moved.items()
        if batch_id is not None and moved.came_back_by and moved.came_back_by[0] == SourceKind.SALES_ORDER_LINE
    ]
    return RunLines(needs, earlier, {}, first_returns(history) | reads.first_return_instants(came_back))


def explanation_payload(found: Explained) -> dict[str, Any]:
    """An explanation as values of JSON; two queries."""
    explanation, settings, policy = found.explanation, found.explanation.settings, found.explanation.policy
    return {
        "agrees": found.agrees,
        "item": Item.objects.get(pk=found.run.item_id).code,
        "warehouse": Warehouse.objects.get(pk=found.run.warehouse_id).code,
        "quantity": plain_text(explanation.need.quantity),
        "judged_on": explanation.need.day,
        "sold_at": explanation.need.at,
        "posted_at": found.run.posted_at,
        "policy": str(policy.policy),
        "negative_physical": policy.negative_physical,
        "use_default_batch_id": settings.use_default_batch,
        "default_batch_id": settings.default_batch_id,
        "default_batch_scope": "advanced" if settings.scope_advanced_only else "all",
        "sellable_on_expiration_date": settings.sellable_on_expiration_date,
        "use_batches_received_after_sale": settings.use_batches_received_after_sale,
        "stock_before": plain_text(explanation.total),
        "default_batch_before": plain_text(explanation.credit),
        "lines_before": explanation.lines_before,
        "candidates": [_candidate_payload(candidate) for candidate in explanation.candidates],
        "posted": [_part_payload(found, *part) for part in found.posted],
        "decided_again": [_part_payload(found, *part) for part in explanation.takes],
        "failure": explanation.failure,
    }


def _candidate_payload(candidate: Candidate) -> dict[str, Any]:
    return {
        "order": candidate.rank,
        "batch": candidate.number,
        "expires_on": candidate.batch.expires_on,
        "first_received_at": candidate.batch.first_received_at,
        "physical": plain_text(candidate.physical),
        "reserved": plain_text(candidate.reserved),
        "taken": plain_text(candidate.taken),
        "outcome": str(candidate.outcome),
    }


def _part_payload(found: Explained, batch_id: int | None, quantity: Decimal, source: str, reason: str) -> dict[str, Any]:
    return {"batch": found.number_of(batch_id), "quantity": plain_text(quantity), "source": source, "reason": reason}
