-- Whether an on-hand row is that of a default batch is what the batch says, not what somebody writes into it.
ALTER TABLE inventory_batch ADD CONSTRAINT batch_of_kind UNIQUE (id, is_default_batch);
ALTER TABLE inventory_onhand ADD CONSTRAINT on_hand_of_default_batch FOREIGN KEY (batch_id, is_default)
    REFERENCES inventory_batch (id, is_default_batch) DEFERRABLE INITIALLY DEFERRED;

-- Debt and stock are one book (docs/domain.md#batch-debt): what is owed and what lies on a default batch moves its stock, and nothing else does.
-- After INSERT, UPDATE or DELETE of debts or credits, once per statement. Argument: the on-hand column that the table adds up to.
CREATE FUNCTION keep_default_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    places bigint;
    kept bigint;
    parts text[];
BEGIN
    IF TG_OP <> 'DELETE' THEN
        parts := parts || 'SELECT warehouse_id, item_id, batch_id, open_quantity FROM after_change'::text;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        parts := parts || 'SELECT warehouse_id, item_id, batch_id, -open_quantity AS open_quantity FROM before_change'::text;
    END IF;
    EXECUTE format(
        'WITH moved AS (
             SELECT warehouse_id, item_id, batch_id, sum(open_quantity) AS quantity FROM (%s) AS rows GROUP BY 1, 2, 3
         ), kept AS (
             UPDATE inventory_onhand AS o SET %I = o.%2$I + m.quantity, physical = o.physical %s m.quantity
             FROM moved AS m
             WHERE o.warehouse_id = m.warehouse_id AND o.item_id = m.item_id AND o.batch_id = m.batch_id AND o.is_default
             RETURNING o.id
         )
         SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM kept)',
        array_to_string(parts, ' UNION ALL '), TG_ARGV[0], CASE TG_ARGV[0] WHEN 'open_credit' THEN '+' ELSE '-' END)
        INTO places, kept;
    IF places <> kept THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('%s of %s is refused: %s of its places have no stock row of a default batch', lower(TG_OP), TG_TABLE_NAME, places - kept);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER batch_debt_added AFTER INSERT ON inventory_batchdebt
    REFERENCING NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION keep_default_stock('open_debt');
CREATE TRIGGER batch_debt_changed AFTER UPDATE ON inventory_batchdebt
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION keep_default_stock('open_debt');
CREATE TRIGGER batch_debt_removed AFTER DELETE ON inventory_batchdebt
    REFERENCING OLD TABLE AS before_change FOR EACH STATEMENT EXECUTE FUNCTION keep_default_stock('open_debt');
CREATE TRIGGER batch_credit_added AFTER INSERT ON inventory_batchcredit
    REFERENCING NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION keep_default_stock('open_credit');
CREATE TRIGGER batch_credit_changed AFTER UPDATE ON inventory_batchcredit
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION keep_default_stock('open_credit');
CREATE TRIGGER batch_credit_removed AFTER DELETE ON inventory_batchcredit
    REFERENCING OLD TABLE AS before_change FOR EACH STATEMENT EXECUTE FUNCTION keep_default_stock('open_credit');

CREATE TRIGGER cost_adjustment_insert_only BEFORE UPDATE OR DELETE ON inventory_costadjustment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('an adjustment is corrected by a further adjustment');
