"""What other parameters would do to open statements: two dry runs, with the settings as they are and as they would be."""

from collections.abc import Mapping, Sequence

from inventory.rules.fallback import DECIDING_SETTINGS
from inventory.rules.stock import Source
from parameters.rules.effects import LINES_LOOKED_AT, Differences, DryRun, ProposedChange, compare_runs
from parameters.rules.settings import RetailSettings
from statements.queries.effects import OpenStatement, open_statements
from statements.services.preview import preview_posting

# What a dry run reads of the settings; another change cannot alter its outcome.
DECIDING = (
    *DECIDING_SETTINGS,
    *("posting_use_default_batch_id", "posting_default_batch_id"),
    *("posting_aggregate_lines", "posting_max_lines_per_order", "posting_hold_failing_transactions"),
    *("statements_max_difference", "statements_max_line_difference", "statements_max_shift_difference", "statements_disable_counting"),
)


def effects_on_statements(change: ProposedChange, lines: int = LINES_LOOKED_AT) -> Differences[OpenStatement]:
    """Decides the open statements of the legal entity twice and compares; writes nothing. A fixed number of queries.

    Nothing is read when the change touches nothing that posting decides by. Statements in somebody's hands are left out: they run with
    the settings that they started with.
    """
    if all(getattr(change.before, name) == getattr(change.after, name) for name in DECIDING):
        return Differences()
    found = open_statements(change.legal_entity_id, lines)
    if not found:
        return Differences()
    ids = [statement.statement_id for statement in found]
    today, then = (_dry_runs(ids, {change.legal_entity_id: settings}) for settings in (change.before, change.after))
    other_batch = change.before.posting_default_batch_id != change.after.posting_default_batch_id
    runs = ((statement, today[statement.statement_id], then[statement.statement_id]) for statement in found)
    return compare_runs(runs, found[0].open_statements, other_batch=other_batch)


def _dry_runs(statement_ids: Sequence[int], settings: Mapping[int, RetailSettings]) -> dict[int, DryRun]:
    """How the statements would end under these settings of their companies."""
    return {
        own.head.statement_id: DryRun(
            code=own.error_code if own.failed_state else "",
            holds=bool(own.held),
            default_lines=own.lines_by_source[Source.DEFAULT.value],
            default_quantity=own.default_quantity,
            default_value=own.default_value,
        )
        for own in preview_posting(statement_ids, settings)
    }
