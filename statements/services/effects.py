"""What other parameters would do to open statements: two dry runs, with the settings as they are and as they would be."""

from dataclasses import dataclass, field
from decimal import Decimal

from inventory.rules.stock import Source
from parameters.rules.effects import ProposedChange
from statements.queries.effects import OpenStatement, open_statements
from statements.services.preview import PreviewedStatement, preview_posting

# Two dry runs of so many lines take some seconds at most, on a page where somebody waits.
LINES_LOOKED_AT = 20_000

# What a dry run reads of the settings; another change cannot alter its outcome.
DECIDING = (
    *("posting_use_default_batch_id", "posting_default_batch_id", "inventory_default_batch_scope"),
    *("inventory_sellable_on_expiration_date", "inventory_use_batches_received_after_sale"),
    *(
        "inventory_fallback_limit_quantity",
        "inventory_fallback_limit_value",
        "inventory_fallback_limit_share",
        "inventory_fallback_over_limit",
    ),
    *("posting_aggregate_lines", "posting_max_lines_per_order", "posting_hold_failing_transactions"),
    *("statements_max_difference", "statements_max_line_difference", "statements_max_shift_difference", "statements_disable_counting"),
)


@dataclass(frozen=True, slots=True)
class ChangedStatement:
    """A statement whose outcome would change; `code` is what stops it, before the change or after it."""

    statement: OpenStatement
    code: str = ""


@dataclass(slots=True)
class StatementEffects:
    """What a change would do to open statements. `looked_at` of `open_statements` were decided; the rest is later in time.

    `would_post` would go through and stop today, `would_stop` the other way round; `would_hold` would leave failing receipts behind
    instead of stopping. Default batch figures are over the statements that post either way: lines on another number, and the change of
    quantity and cost value on the default batch.
    """

    looked_at: int = 0
    open_statements: int = 0
    would_post: list[ChangedStatement] = field(default_factory=list)
    would_stop: list[ChangedStatement] = field(default_factory=list)
    would_hold: list[ChangedStatement] = field(default_factory=list)
    redirected: list[ChangedStatement] = field(default_factory=list)
    redirected_lines: int = 0
    shifted: list[ChangedStatement] = field(default_factory=list)
    shifted_quantity: Decimal = Decimal(0)
    shifted_value: Decimal = Decimal(0)

    @property
    def is_empty(self) -> bool:
        """Whether no open statement would end differently."""
        return not (self.would_post or self.would_stop or self.would_hold or self.redirected or self.shifted)


def effects_on_statements(change: ProposedChange, lines: int = LINES_LOOKED_AT) -> StatementEffects:
    """Decides the open statements of the legal entity twice and compares; writes nothing. A fixed number of queries.

    Nothing is read when the change touches nothing that posting decides by. Statements in somebody's hands are left out: they run with
    the settings that they started with.
    """
    if all(getattr(change.before, name) == getattr(change.after, name) for name in DECIDING):
        return StatementEffects()
    found = open_statements(change.legal_entity_id, lines)
    if not found:
        return StatementEffects()
    ids = [statement.statement_id for statement in found]
    today = {own.head.statement_id: own for own in preview_posting(ids, {change.legal_entity_id: change.before})}
    then = {own.head.statement_id: own for own in preview_posting(ids, {change.legal_entity_id: change.after})}
    effects = StatementEffects(len(found), found[0].open_statements)
    for statement in found:
        _compare(effects, statement, today[statement.statement_id], then[statement.statement_id], change)
    return effects


def _compare(
    effects: StatementEffects, statement: OpenStatement, today: PreviewedStatement, then: PreviewedStatement, change: ProposedChange
) -> None:
    """Adds what changes for one statement."""
    if today.failed_state and not then.failed_state:
        (effects.would_hold if then.held else effects.would_post).append(ChangedStatement(statement, today.error_code))
    elif then.failed_state and not today.failed_state:
        effects.would_stop.append(ChangedStatement(statement, then.error_code))
    if today.failed_state or then.failed_state:
        return
    if change.before.posting_default_batch_id != change.after.posting_default_batch_id:
        moved = sum(take.source is Source.DEFAULT for take in then.takes)
        if moved:
            effects.redirected.append(ChangedStatement(statement))
            effects.redirected_lines += moved
    if then.default_quantity != today.default_quantity:
        effects.shifted.append(ChangedStatement(statement))
        effects.shifted_quantity += then.default_quantity - today.default_quantity
        effects.shifted_value += then.default_value - today.default_value
