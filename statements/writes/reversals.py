"""Set-based writes of reversals: what was posted stays as it is, and the transactions stand anew beside it, free for a statement."""

from collections.abc import Collection

from core.db.bulk import array, execute, reserve_ids
from statements.models import PosPayment, PosTransaction, PosTransactionLine, ValidationProblem
from statements.writes.undo_calculation import forget_money

REVERSED = PosTransaction.ValidationStatus.REVERSED
VALID = PosTransaction.ValidationStatus.VALID


def mark_statement(statement_id: int, reversal_id: int) -> None:
    """The statement was taken back, what of it was posted: nothing is left to post. Its row is held; two queries.

    What it counted besides its own documents waits to be counted anew.
    """
    execute(
        """
        UPDATE statements_statement
        SET reversal_id = %s, post_state = 'Posted', failed_state = '', error_code = '', error_text = NULL,
            posted_at = COALESCE(posted_at, now())
        WHERE id = %s
        """,
        [reversal_id, statement_id],
    )
    forget_money([statement_id])


def _columns(model: "type[PosTransaction | PosTransactionLine | PosPayment | ValidationProblem]", *own: str) -> str:
    return ", ".join(column for field in model._meta.concrete_fields if (column := str(field.column)) not in own)


def stand_anew(transaction_ids: Collection[int], reversal_id: int) -> dict[int, int]:
    """Marks posted transactions as taken back and puts each, with all that belongs to it, anew beside it; gives new id by old.

    The new ones are valid and on no statement. What linked returns name is the line that lives, but for returns that were taken back
    themselves. Ten queries.
    """
    old = sorted(transaction_ids)
    new = reserve_ids("statements_postransaction", len(old))
    execute(
        "UPDATE statements_postransaction SET reversal_id = %s, validation_status = %s WHERE id = ANY(%s::bigint[])",
        [reversal_id, REVERSED, array(old)],
    )
    execute(
        "CREATE TEMPORARY TABLE stand_anew AS SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS m (old, new)", [array(old), array(new)]
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
