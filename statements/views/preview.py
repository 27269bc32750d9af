"""What posting a statement would do, before anybody posts it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import BatchAllocation
from orders.queries.invoices import item_names
from statements.queries.outcomes import source_lines, taken_lines
from statements.queries.preview import account_names
from statements.services.preview import preview_posting
from statements.views.detail import get_statement_or_404

FAILURES_SHOWN = 200
TAKES_SHOWN = 500


@require_safe
@never_cache
def show_preview(request: HttpRequest, statement_id: int) -> HttpResponse:
    """What posting the statement alone would decide now, with `batches` down to the batches of each line; writes nothing."""
    statement = get_statement_or_404(request, statement_id)
    by_line = "batches" in request.GET
    previewed = preview_posting([statement.pk], with_vouchers=True, with_takes=by_line)[0] if not statement.posted_at else None
    taken = sorted(taken_lines(previewed.takes), key=lambda one: (one.terminal, one.transaction, one.line)) if previewed else []
    entries = previewed.entries if previewed else []
    accounts = account_names({entry.account_id for entry in entries})
    items = item_names(set(previewed.fallback)) if previewed else {}
    failures = previewed.failures[:FAILURES_SHOWN] if previewed else []
    lines = source_lines([failure.line_id for failure in failures])
    sources = previewed.lines_by_source if previewed else {}
    names_of_sources = dict(BatchAllocation.Source.choices)
    context = {
        "statement": statement,
        "store_name": f"{statement.store.code} {statement.store.name}".strip(),
        "previewed": previewed,
        "sources": [(label, sources[value]) for value, label in names_of_sources.items() if value in sources],
        "fallback": [(*items[one.item_id], one) for one in previewed.fallback.values()][:FAILURES_SHOWN] if previewed else [],
        "vouchers": [(entry.step, accounts[entry.account_id], max(entry.amount, 0), max(-entry.amount, 0)) for entry in entries],
        "failures": [(lines[failure.line_id], failure) for failure in failures],
        "by_line": by_line,
        "taken": [(one, names_of_sources[one.source]) for one in taken[:TAKES_SHOWN]],
        "more_taken": max(0, len(taken) - TAKES_SHOWN),
        "more": max(0, len(previewed.failures) - FAILURES_SHOWN) if previewed else 0,
    }
    return render(request, "statements/statement_preview.html", context)
