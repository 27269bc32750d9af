-- What each allocation cost: its share of the movement that it is part of, cumulative, so that the shares add up. The guard against changes
-- of allocations stands aside for this one statement.
ALTER TABLE orders_batchallocation DISABLE TRIGGER batch_allocation_insert_only;
UPDATE orders_batchallocation a SET cost_amount = x.cost
FROM (
    SELECT a.source_kind, a.source_id, a.ordinal,
           round(-t.cost_amount * sum(a.quantity) OVER w / -t.quantity, 2)
               - round(-t.cost_amount * (sum(a.quantity) OVER w - a.quantity) / -t.quantity, 2) AS cost
    FROM orders_batchallocation a
    JOIN inventory_inventorytransaction t
        ON t.source_kind = CASE a.source_kind WHEN 7 THEN 7 ELSE 3 END
        AND t.source_id = CASE a.source_kind WHEN 7 THEN a.source_id ELSE a.order_line_id END
        AND t.batch_id IS NOT DISTINCT FROM a.batch_id AND t.quantity <> 0
    WINDOW w AS (PARTITION BY t.id ORDER BY a.source_id, a.ordinal)
) x
WHERE x.source_kind = a.source_kind AND x.source_id = a.source_id AND x.ordinal = a.ordinal;
ALTER TABLE orders_batchallocation ENABLE TRIGGER batch_allocation_insert_only;
