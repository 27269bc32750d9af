-- refuse_change stands in the guards.sql of access.

-- References of the big tables without foreign keys (docs/adr/0004-references-of-big-tables.md): one check per statement instead of one per row.

-- After INSERT or UPDATE: every key in the named columns exists. Arguments: column, parent table, parent key; as often as needed.
-- The text is built and planned at each call on purpose. A cached plan would be the one of the session's first insert, with the parents as
-- small as they were then. The distinct keys are gathered first, so that each key is one index probe and no plan reads a parent whole.
CREATE FUNCTION refuse_orphans() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    probes text[];
    orphans text;
BEGIN
    FOR place IN 0 .. TG_NARGS - 1 BY 3 LOOP
        keys := keys || format('array_agg(DISTINCT n.%1$I) FILTER (WHERE n.%1$I IS NOT NULL) AS %1$I', TG_ARGV[place]);
        probes := probes || format(
            -- A scalar subquery is looked up by index key by key. NOT EXISTS may become a join that scans the parent once per key: an ANALYZE
            -- that saw only uncommitted rows makes the planner believe that a full parent is empty.
            '(SELECT %1$L || '' '' || min(k.key) FROM unnest(s.%1$I) AS k(key) WHERE (SELECT p.%4$I FROM %2$I.%3$I AS p WHERE p.%4$I = k.key) IS NULL)',
            TG_ARGV[place], TG_TABLE_SCHEMA, TG_ARGV[place + 1], TG_ARGV[place + 2]);
    END LOOP;
    EXECUTE format('SELECT concat_ws('', '', %s) FROM (SELECT %s FROM inserted AS n) AS s', array_to_string(probes, ', '), array_to_string(keys, ', '))
        INTO orphans;
    IF orphans <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('%s of %s is refused: nothing stands behind %s', lower(TG_OP), TG_TABLE_NAME, orphans);
    END IF;
    RETURN NULL;
END
$$;

-- Before DELETE of master data: keeps writers of the referring tables out until the deletion is committed or taken back. Together with
-- the check below this closes the gap between two transactions that do not see each other's rows; inserting pays nothing for it.
-- Arguments: tables.
CREATE FUNCTION lock_referring_tables() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'LOCK TABLE ' || (SELECT string_agg(format('%I.%I', TG_TABLE_SCHEMA, t), ', ' ORDER BY t) FROM unnest(TG_ARGV) AS t) || ' IN SHARE MODE';
    RETURN NULL;
END
$$;

-- After DELETE: no row of the named tables refers to what is gone. Arguments: key; then table, column; as often as needed.
CREATE FUNCTION refuse_orphaning() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referenced text;
BEGIN
    FOR place IN 1 .. TG_NARGS - 1 BY 2 LOOP
        EXECUTE format(
            'SELECT min(d.%1$I) FROM deleted AS d WHERE EXISTS (SELECT FROM %2$I.%3$I AS c WHERE c.%4$I = d.%1$I)',
            TG_ARGV[0], TG_TABLE_SCHEMA, TG_ARGV[place], TG_ARGV[place + 1])
            INTO referenced;
        IF referenced IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
                MESSAGE = format('delete of %s %s is refused: %s still refers to it', TG_TABLE_NAME, referenced, TG_ARGV[place]);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER inventory_transaction_insert_only BEFORE UPDATE OR DELETE ON inventory_inventorytransaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a movement of stock is corrected by a further movement');
CREATE TRIGGER inventory_transaction_references AFTER INSERT ON inventory_inventorytransaction
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'warehouse_id', 'inventory_warehouse', 'id', 'item_id', 'inventory_item', 'id', 'batch_id', 'inventory_batch', 'id');

CREATE TRIGGER warehouse_lock_movements BEFORE DELETE ON inventory_warehouse
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_inventorytransaction');
CREATE TRIGGER warehouse_keep_moved AFTER DELETE ON inventory_warehouse
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_inventorytransaction', 'warehouse_id');
CREATE TRIGGER item_lock_movements BEFORE DELETE ON inventory_item
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_inventorytransaction');
CREATE TRIGGER item_keep_moved AFTER DELETE ON inventory_item
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_inventorytransaction', 'item_id');
CREATE TRIGGER batch_lock_movements BEFORE DELETE ON inventory_batch
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_inventorytransaction');
CREATE TRIGGER batch_keep_moved AFTER DELETE ON inventory_batch
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_inventorytransaction', 'batch_id');

-- The key itself never changes, or the references above would miss it. Fires only when a key really changes.
CREATE TRIGGER warehouse_key_fixed BEFORE UPDATE OF id ON inventory_warehouse
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER item_key_fixed BEFORE UPDATE OF id ON inventory_item
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER batch_key_fixed BEFORE UPDATE OF id ON inventory_batch
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');

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

CREATE TRIGGER journal_line_insert_only BEFORE UPDATE OR DELETE ON inventory_journalline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a journal line is corrected by a further line');
CREATE TRIGGER settlement_insert_only BEFORE UPDATE OR DELETE ON inventory_debtsettlement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a settlement is undone by a further settlement');
CREATE TRIGGER settlement_line_insert_only BEFORE UPDATE OR DELETE ON inventory_debtsettlementline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a settlement is undone by a further settlement');

-- Reservations come and go; what was reserved when a line was decided is kept, with keys in the order of movements. Postings that do not
-- touch `reserved` never name the column, so that they pay nothing.
CREATE FUNCTION keep_reserved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_reservedchange (id, on_hand_id, before)
    VALUES (nextval(pg_get_serial_sequence('inventory_inventorytransaction', 'id')), OLD.id, OLD.reserved);
    RETURN NULL;
END
$$;
CREATE TRIGGER on_hand_keep_reserved AFTER UPDATE OF reserved ON inventory_onhand
    FOR EACH ROW WHEN (OLD.reserved IS DISTINCT FROM NEW.reserved) EXECUTE FUNCTION keep_reserved();

CREATE TRIGGER receipt_line_references AFTER INSERT ON inventory_receiptline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'legal_entity_id', 'parameters_legalentity', 'id', 'warehouse_id', 'inventory_warehouse', 'id',
        'item_id', 'inventory_item', 'id', 'batch_id', 'inventory_batch', 'id');
CREATE TRIGGER on_hand_references AFTER INSERT ON inventory_onhand
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'warehouse_id', 'inventory_warehouse', 'id', 'item_id', 'inventory_item', 'id', 'batch_id', 'inventory_batch', 'id');
CREATE TRIGGER item_cost_references AFTER INSERT ON inventory_warehouseitemcost
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'warehouse_id', 'inventory_warehouse', 'id', 'item_id', 'inventory_item', 'id');

-- Rows of stock change with every posting, but what they are of never does; updates that do not name these columns pay nothing.
CREATE TRIGGER receipt_line_stays BEFORE UPDATE OF legal_entity_id, warehouse_id, item_id, batch_id ON inventory_receiptline
    FOR EACH ROW WHEN ((OLD.legal_entity_id, OLD.warehouse_id, OLD.item_id, OLD.batch_id)
        IS DISTINCT FROM (NEW.legal_entity_id, NEW.warehouse_id, NEW.item_id, NEW.batch_id))
    EXECUTE FUNCTION refuse_change('what came in is corrected by a journal');
CREATE TRIGGER on_hand_stays BEFORE UPDATE OF warehouse_id, item_id, batch_id ON inventory_onhand
    FOR EACH ROW WHEN ((OLD.warehouse_id, OLD.item_id, OLD.batch_id) IS DISTINCT FROM (NEW.warehouse_id, NEW.item_id, NEW.batch_id))
    EXECUTE FUNCTION refuse_change('stock of something else is another row');
CREATE TRIGGER item_cost_stays BEFORE UPDATE OF warehouse_id, item_id ON inventory_warehouseitemcost
    FOR EACH ROW WHEN ((OLD.warehouse_id, OLD.item_id) IS DISTINCT FROM (NEW.warehouse_id, NEW.item_id))
    EXECUTE FUNCTION refuse_change('the cost of something else is another row');

CREATE TRIGGER legal_entity_lock_receipts BEFORE DELETE ON parameters_legalentity
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_receiptline');
CREATE TRIGGER legal_entity_keep_received AFTER DELETE ON parameters_legalentity
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_receiptline', 'legal_entity_id');
CREATE TRIGGER warehouse_lock_stock BEFORE DELETE ON inventory_warehouse
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables(
        'inventory_receiptline', 'inventory_onhand', 'inventory_warehouseitemcost');
CREATE TRIGGER warehouse_keep_stock AFTER DELETE ON inventory_warehouse
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning(
        'id', 'inventory_receiptline', 'warehouse_id', 'inventory_onhand', 'warehouse_id', 'inventory_warehouseitemcost', 'warehouse_id');
CREATE TRIGGER item_lock_stock BEFORE DELETE ON inventory_item
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables(
        'inventory_receiptline', 'inventory_onhand', 'inventory_warehouseitemcost');
CREATE TRIGGER item_keep_stock AFTER DELETE ON inventory_item
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning(
        'id', 'inventory_receiptline', 'item_id', 'inventory_onhand', 'item_id', 'inventory_warehouseitemcost', 'item_id');
CREATE TRIGGER batch_lock_stock BEFORE DELETE ON inventory_batch
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_receiptline', 'inventory_onhand');
CREATE TRIGGER batch_keep_stock AFTER DELETE ON inventory_batch
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning(
        'id', 'inventory_receiptline', 'batch_id', 'inventory_onhand', 'batch_id');

CREATE TRIGGER legal_entity_key_fixed BEFORE UPDATE OF id ON parameters_legalentity
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
