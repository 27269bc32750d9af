"""Set-based writes of reversals of what orders and transactions booked on accounts of customers."""

from collections.abc import Collection
from datetime import date

from core.db.bulk import array, execute
from core.lib.document_kinds import SourceKind


def mirror_customer_transactions(kind: SourceKind, source_ids: Collection[int], on: date | None) -> None:
    """Takes back what documents of a kind put on accounts, on the same dates or on this one; one query.

    Raises IntegrityError where it was taken back before.
    """
    execute(
        """
        INSERT INTO orders_customertransaction (legal_entity_id, customer_id, source_kind, source_id, date, amount, text)
        SELECT legal_entity_id, customer_id, %s, id, COALESCE(%s::date, date), -amount, text
        FROM orders_customertransaction WHERE source_kind = %s AND source_id = ANY(%s::bigint[])
        """,
        [int(SourceKind.REVERSAL), on, int(kind), array(source_ids)],
    )
