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
