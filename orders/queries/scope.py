"""Which stores a person was given, for core/access (settings.ACCESS_GRANTS names this function)."""

from core.access.scope import Grants, StoreGrant
from core.db.bulk import fetch_all

_GRANTED = """
    WITH given AS (SELECT store_id FROM orders_storescope WHERE user_id = %(user)s),
    wide AS (SELECT %(all)s::boolean OR EXISTS (SELECT 1 FROM given WHERE store_id IS NULL) AS everything)
    SELECT wide.everything, s.id, w.id, e.id, COALESCE(e.code, ''), COALESCE(s.code, '')
    FROM wide CROSS JOIN parameters_legalentity e
    LEFT JOIN inventory_warehouse w ON w.legal_entity_id = e.id
    LEFT JOIN orders_store s ON s.warehouse_id = w.id
    WHERE wide.everything OR s.id IN (SELECT store_id FROM given)
    UNION ALL
    SELECT wide.everything, s.id, NULL, NULL, '', s.code FROM wide CROSS JOIN orders_store s
    WHERE s.warehouse_id IS NULL AND (wide.everything OR s.id IN (SELECT store_id FROM given))
    UNION ALL
    SELECT wide.everything, NULL, NULL, NULL, '', '' FROM wide
"""


def grants_of(user_id: int, everything: bool) -> Grants:
    """The stores that a user may see, with their warehouses and companies; `everything` for somebody who needs no row. One query.

    With everything come all companies and all warehouses, also those without store; it holds in an empty installation as well.
    """
    rows = fetch_all(_GRANTED, {"user": user_id, "all": everything})
    return Grants(rows[0][0], tuple(StoreGrant(*row[1:]) for row in rows if any(row[1:])))
