"""What posting and its preview ask of a pool, (warehouse, item), alike: text of queries that judge all pools of a set of lines at once.

Posting holds what it reads and keeps it in work tables (`inventory/writes/plain_pools.py`); a preview reads the same in one query.
"""

from collections.abc import Mapping

from core.db.bulk import text_array
from inventory.rules.fallback_budget import is_limited
from inventory.rules.stock import FallbackSettings

# Warehouses `w` with the settings of their legal entities; parameters of `settings_arrays`.
PLACE = """
    place AS MATERIALIZED (
        SELECT w.id, w.wms_enabled, w.location_plate_controlled, w.store_negative_physical, w.store_negative_financial, u.decimals, e.*
        FROM inventory_warehouse w
        JOIN parameters_legalentity l ON l.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = l.currency_id
        JOIN unnest(
            %(entities)s::bigint[], %(fall_back)s::bool[], %(numbers)s::text[], %(advanced)s::bool[], %(earlier)s::int[], %(later)s::bool[],
            %(all_by_rule)s::bool[]
        ) AS e (entity_id, falls_back, number, advanced_only, expires_earlier, received_later, all_by_rule)
            ON e.entity_id = w.legal_entity_id
    )
"""

# Of a line: its pool needs the order in which the rule decides.
NEEDS_RULE = "quantity < 0 OR batch_id IS NOT NULL"

# What is wanted of each pool of lines, and when it is sold.
WANTED = """
    SELECT warehouse_id, item_id, sum(quantity) AS demand, bool_or({by_rule}) AS by_rule,
           min(day) AS first_day, max(day) AS last_day, min(at) AS first_at, max(at) AS last_at
    FROM {lines} GROUP BY warehouse_id, item_id
"""

# Item `i` with its groups, and warehouse `w`, of a pool `d`.
SETTINGS_OF_POOL = """
    JOIN inventory_item i ON i.id = d.item_id
    JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
    JOIN inventory_trackinggroup g ON g.id = i.tracking_group_id
    JOIN inventory_storagegroup s ON s.id = i.storage_group_id
    JOIN place w ON w.id = d.warehouse_id
    CROSS JOIN LATERAL (
        SELECT m.negative_physical OR w.store_negative_physical AS negative_physical, s.wms_enabled AND w.wms_enabled AS advanced
    ) f
"""

# What item, warehouse and parameters say of a pool, from `SETTINGS_OF_POOL`.
POLICY_OF_POOL = """
    g.batch_active AS tracked, m.allocation_policy AS policy, f.negative_physical,
    m.negative_financial OR w.store_negative_financial AS negative_financial,
    f.negative_physical AND NOT (f.advanced AND w.location_plate_controlled) AS may_be_short,
    w.falls_back AND f.negative_physical AND (NOT w.advanced_only OR f.advanced)
        AND NOT (f.advanced AND w.location_plate_controlled) AS falls_back,
    w.number, w.expires_earlier, w.received_later
"""

# On-hand rows of pools `p` with their batches. As in `load_stock`, rows that are used up hold nothing to decide on.
STOCK_OF_POOL = """
    SELECT o.id, o.warehouse_id, o.item_id, o.batch_id, o.physical, o.reserved, o.first_received_at, b.number, b.expires_on,
           d.blocks_sale, b.is_default_batch, p.number AS default_number, p.first_day, p.last_day, p.first_at, p.last_at,
           p.expires_earlier, p.received_later, p.policy, p.tracked AND NOT b.is_default_batch AS is_real
    FROM {pools} p
    JOIN inventory_onhand o ON o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id
    LEFT JOIN inventory_batch b ON b.id = o.batch_id
    LEFT JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE o.physical <> 0 OR o.reserved <> 0 OR o.batch_id IS NULL
"""

# What each on-hand row `held` is to its pool. `rejection` says why a row with stock does not serve, the nearest to serving first
# (`rejection_reason`): 1 reserved, 2 received later, 3 expired, 4 blocked. `changes`: its batch becomes valid or expires between the first
# line of the pool and the last.
JUDGED_STOCK = """
    SELECT id AS on_hand_id, warehouse_id, item_id, batch_id, physical,
           CASE WHEN is_real AND rejection IS NULL AND physical > reserved THEN physical - reserved ELSE 0 END AS available,
           is_real AND changes AS changes, is_real AND (first_received_at IS NOT NULL OR physical > 0) AS was_here,
           is_real AND first_received_at IS NULL AND physical > 0 AS never_received,
           is_default_batch AND number = default_number AND physical > 0 AS has_credit,
           CASE WHEN is_real AND physical > 0 THEN CASE WHEN rejection IS NOT NULL THEN rejection WHEN reserved > 0 THEN 1 END END
               AS rejection,
           policy, number, expires_on, first_received_at AS received_at
    FROM (
        SELECT h.*,
               CASE WHEN blocks_sale THEN 4
                    WHEN expires_on < first_day + expires_earlier THEN 3
                    WHEN NOT received_later AND (first_received_at IS NULL OR first_received_at > last_at) THEN 2
               END AS rejection,
               NOT blocks_sale AND physical > 0 AND (
                   (expires_on < last_day + expires_earlier AND NOT expires_on < first_day + expires_earlier)
                   OR (NOT received_later AND first_received_at > first_at AND NOT first_received_at > last_at)
               ) AS changes
        FROM {held} h
    ) h
"""

# What the judged rows of a pool come to.
STOCK_SUMS = """
    sum(physical) AS total, sum(available) AS available, bool_or(changes) AS changes, bool_or(was_here) AS was_here,
    bool_or(never_received) AS never_received, bool_or(has_credit) AS has_credit, min(rejection) AS rejection,
    sum(physical) FILTER (WHERE batch_id IS NULL) AS loose, max(on_hand_id) FILTER (WHERE batch_id IS NULL) AS loose_id
"""

# What pool `p` with the sums `s` of its stock is: covered, short (the rest falls back), untracked, or decided by the rule. What only short
# pools ask is asked with LIMIT, pool by pool: EXISTS may become a scan of all stock, whose answers are then kept for pools that never ask.
KIND_OF_POOL = """
    CASE WHEN p.by_rule OR (NOT p.negative_financial AND p.demand > COALESCE(s.total, 0)) THEN 'rule'
         WHEN NOT p.tracked THEN CASE WHEN p.may_be_short OR p.demand <= COALESCE(s.loose, 0) THEN 'untracked' ELSE 'rule' END
         WHEN s.changes THEN 'rule'
         WHEN p.demand <= s.available THEN 'covered'
         WHEN NOT p.falls_back OR s.has_credit OR s.never_received OR (
             SELECT true FROM inventory_batch b
             WHERE b.item_id = p.item_id AND b.number = p.number AND NOT b.is_default_batch LIMIT 1
         ) THEN 'rule'
         ELSE 'short' END
"""


def settings_arrays(settings: Mapping[int, FallbackSettings]) -> dict[str, object]:
    """What PLACE wants to know of each legal entity."""
    rows = sorted(settings.items())
    return {
        "entities": [entity for entity, _ in rows],
        # What falls back where there is a limit is counted by the rule.
        "fall_back": [own.use_default_batch and own.default_batch_id != "" and not is_limited(own) for _, own in rows],
        "numbers": text_array(own.default_batch_id for _, own in rows),
        "advanced": [own.scope_advanced_only for _, own in rows],
        "earlier": [0 if own.sellable_on_expiration_date else 1 for _, own in rows],
        "later": [own.use_batches_received_after_sale for _, own in rows],
        # A share is one of all that is sold, so what real batches cover is counted as well.
        "all_by_rule": [own.limit_share is not None for _, own in rows],
    }
