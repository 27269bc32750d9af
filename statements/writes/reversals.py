"""Set-based writes of reversals: what was posted stays as it is, and the transactions stand anew beside it, free for a statement."""

from collections.abc import Mapping
from datetime import date

from core.db.bulk import array, execute, reserve_ids
from core.lib.document_kinds import SourceKind
from inventory.writes.taking_back import PUT_BACK_COLUMNS
from statements.models import PosPayment, PosTransaction, PosTransactionLine, ValidationProblem
from statements.writes.undo_calculation import forget_money

REVERSED = PosTransaction.ValidationStatus.REVERSED
VALID = PosTransaction.ValidationStatus.VALID


# Data order is no matter: what is taken back of a pool is taken back together.
PLACE_PARTS = f"""
    INSERT INTO work_take ({", ".join(PUT_BACK_COLUMNS)})
    SELECT t.id, t.document, a.source_kind, t.id, a.warehouse_id, a.item_id, a.batch_id, -a.quantity, -a.cost_amount, t.day, true
    FROM (
        SELECT l.id, d.document, d.day
        FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS d (transaction_id, document, day)
        JOIN statements_postransactionline l ON l.transaction_id = d.transaction_id
    ) t
    JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = t.id
    ORDER BY a.source_id, a.ordinal FOR NO KEY UPDATE OF a
"""


def put_back_transactions(transactions: Mapping[int, tuple[int, date]]) -> None:
    """What transactions moved, into the work table of takes (`inventory/writes/taking_back.py`); by transaction document and date.

    Their allocations are held FOR NO KEY UPDATE, as returns hold them; one query.
    """
    execute(
        PLACE_PARTS,
        [
            array(transactions),
            array(document for document, _ in transactions.values()),
            array(day for _, day in transactions.values()),
            int(SourceKind.POS_LINE),
        ],
    )


def mark_statements(reversals: Mapping[int, int]) -> None:
    """Statements (with their reversals) were taken back, what of them was posted: nothing is left to post. Rows are held; two queries.

    What they counted besides their own documents waits to be counted anew.
    """
    execute(
        """
        UPDATE statements_statement s
        SET reversal_id = r.reversal_id, post_state = 'Posted', failed_state = '', error_code = '', error_text = NULL,
            posted_at = COALESCE(posted_at, now())
        FROM unnest(%s::bigint[], %s::bigint[]) AS r (id, reversal_id) WHERE s.id = r.id
        """,
        [array(reversals), array(reversals.values())],
    )
    forget_money(list(reversals))


def _columns(model: "type[PosTransaction | PosTransactionLine | PosPayment | ValidationProblem]", *own: str) -> str:
    return ", ".join(column for field in model._meta.concrete_fields if (column := str(field.column)) not in own)


def stand_anew(reversals: Mapping[int, int]) -> dict[int, int]:
    """Marks posted transactions (with their reversals) as taken back and puts each, with all of it, anew beside it; gives new id by old.

    The new ones are valid and on no statement. What linked returns name is the line that lives, but for returns that were taken back
    themselves. Eleven queries.
    """
    old = sorted(reversals)
    new = reserve_ids("statements_postransaction", len(old))
    execute(
        """
        CREATE TEMPORARY TABLE stand_anew AS
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS m (old, new, reversal_id)
        """,
        [array(old), array(new), array(reversals[row_id] for row_id in old)],
    )
    # Without statistics it is taken for thousands of rows, and all lines there are would be read for them.
    execute("ANALYZE stand_anew")
    execute(
        """
        UPDATE statements_postransaction t SET reversal_id = m.reversal_id, validation_status = %s FROM stand_anew m WHERE t.id = m.old
        """,
        [REVERSED],
    )
    names = _columns(PosTransaction, "id", "statement_id", "counted_on_id", "reversal_id", "validation_status")
    execute(
        f"""
        INSERT INTO statements_postransaction (id, validation_status, {names})
        SELECT m.new, '{VALID.value}', {names} FROM statements_postransaction t JOIN stand_anew m ON m.old = t.id
        """
    )
    for table, copied in (
        ("statements_postransactionline", _columns(PosTransactionLine, "id", "transaction_id")),
        ("statements_pospayment", _columns(PosPayment, "id", "transaction_id")),
        ("statements_giftcardmovement", "card_id, amount, line_number, payment_number"),
        ("statements_validationproblem", _columns(ValidationProblem, "id", "transaction_id")),
    ):
        execute(
            f"""
            INSERT INTO {table} (transaction_id, {copied})
            SELECT m.new, {copied} FROM {table} t JOIN stand_anew m ON m.old = t.transaction_id ORDER BY t.id
            """
        )
    execute(
        """
        UPDATE statements_postransactionline r SET return_of_id = n.id
        FROM stand_anew m
        JOIN statements_postransactionline l ON l.transaction_id = m.old
        JOIN statements_postransactionline n ON n.transaction_id = m.new AND n.number = l.number
        WHERE r.return_of_id = l.id
          AND EXISTS (SELECT FROM statements_postransaction t WHERE t.id = r.transaction_id AND t.reversal_id IS NULL)
        """
    )
    execute("DROP TABLE stand_anew")
    return dict(zip(old, new, strict=True))
