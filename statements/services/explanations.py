"""Why a till's line got its batches."""

from core.lib.document_kinds import SourceKind
from inventory.queries.as_of import PoolHistory
from inventory.rules.fallback import statement_fallback
from orders.queries.explanations import PostedRun, takes_before
from orders.services.explanations import Explained, RunLines, explain_posted, first_returns
from statements.queries import explanations as reads
from statements.queries.posting import needs_of_order_lines


def explain_pos_line(line_id: int) -> Explained | None:
    """Why a line of a POS transaction got its batches; None where it moved nothing. A fixed number of queries."""
    return explain_posted(SourceKind.POS_LINE, line_id, _lines_of_run, statement_fallback)


def _lines_of_run(run: PostedRun, history: PoolHistory) -> RunLines:
    needs = needs_of_order_lines(run.sources)
    sold = {need.return_of for need in needs if need.return_of is not None}
    earlier = takes_before(SourceKind.POS_LINE, sold, reads.returns_of_lines(sold) if sold else (), run.before)
    came_back = [
        (batch_id, moved.came_back_by[1])
        for batch_id, moved in history.moved.items()
        if batch_id is not None and moved.came_back_by and moved.came_back_by[0] == SourceKind.SALES_ORDER_LINE
    ]
    return RunLines(needs, earlier, {}, first_returns(history) | reads.first_return_instants(came_back))
