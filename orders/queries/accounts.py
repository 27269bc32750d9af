"""Accounts of customers with companies, as far as this app knows them; a fixed number of queries."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all, fetch_by, text_array
from orders.rules.accounts import AccountKey, CustomerAccount


def posted_accounts(customers: Collection[str], legal_entity_ids: Collection[int]) -> dict[AccountKey, CustomerAccount]:
    """Accounts of customers with each legal entity, with what is posted; one query."""
    return fetch_by(
        ("id", "code"),
        CustomerAccount,
        """
        SELECT e.id, c.code, EXISTS (SELECT FROM orders_store s WHERE s.walk_in_customer_id = c.id) AS walk_in, c.blocked, c.on_hold,
               c.credit_limit,
               COALESCE((
                   SELECT sum(x.amount) FROM orders_customertransaction x WHERE x.customer_id = c.id AND x.legal_entity_id = e.id
               ), 0) AS open_amount
        FROM orders_customer c CROSS JOIN unnest(%s::bigint[]) AS e (id) WHERE c.code = ANY(%s::text[])
        """,
        [array(legal_entity_ids), text_array(customers)],
    )


def hold_accounts(customers: Collection[str]) -> None:
    """Holds customers with a credit limit FOR NO KEY UPDATE, by id: two orders of one are put on account one after the other. One query."""
    fetch_all(
        "SELECT id FROM orders_customer WHERE code = ANY(%s::text[]) AND credit_limit IS NOT NULL ORDER BY id FOR NO KEY UPDATE",
        [text_array(customers)],
    )
