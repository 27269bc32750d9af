-- Batches refer to their item and disposition, on-hand to its batch, without foreign keys (docs/adr/0004-references-of-big-tables.md).

CREATE TRIGGER batch_references AFTER INSERT ON inventory_batch
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'item_id', 'inventory_item', 'id', 'disposition_id', 'inventory_disposition', 'id');
CREATE TRIGGER batch_references_changed AFTER UPDATE ON inventory_batch
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'item_id', 'inventory_item', 'id', 'disposition_id', 'inventory_disposition', 'id');
CREATE TRIGGER item_lock_batches BEFORE DELETE ON inventory_item
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_batch');
CREATE TRIGGER item_keep_batches AFTER DELETE ON inventory_item
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_batch', 'item_id');
CREATE TRIGGER disposition_lock_batches BEFORE DELETE ON inventory_disposition
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_batch');
CREATE TRIGGER disposition_keep_batches AFTER DELETE ON inventory_disposition
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_batch', 'disposition_id');
CREATE TRIGGER disposition_key_fixed BEFORE UPDATE OF id ON inventory_disposition
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');

-- Whether an on-hand row is that of a default batch is what the batch says: the row is held against it when it is made, and both stay.
-- Planned at each call, and each key looked up by itself, for the reasons of refuse_orphans.
CREATE FUNCTION refuse_odd_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    odd text;
BEGIN
    EXECUTE '
        SELECT min(CASE WHEN n.kind IS NULL THEN ''nothing stands behind batch_id '' ELSE ''of the other kind is batch '' END || n.batch_id)
        FROM (
            SELECT i.batch_id, i.is_default, (SELECT b.is_default_batch FROM inventory_batch AS b WHERE b.id = i.batch_id) AS kind
            FROM inserted AS i WHERE i.batch_id IS NOT NULL OFFSET 0
        ) AS n
        WHERE n.kind IS DISTINCT FROM n.is_default'
        INTO odd;
    IF odd <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('%s of %s is refused: %s', lower(TG_OP), TG_TABLE_NAME, odd);
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER on_hand_references ON inventory_onhand;
CREATE TRIGGER on_hand_references AFTER INSERT ON inventory_onhand
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'warehouse_id', 'inventory_warehouse', 'id', 'item_id', 'inventory_item', 'id');
CREATE TRIGGER on_hand_of_batch AFTER INSERT ON inventory_onhand
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_odd_stock();
DROP TRIGGER on_hand_stays ON inventory_onhand;
CREATE TRIGGER on_hand_stays BEFORE UPDATE OF warehouse_id, item_id, batch_id, is_default ON inventory_onhand
    FOR EACH ROW WHEN ((OLD.warehouse_id, OLD.item_id, OLD.batch_id, OLD.is_default)
        IS DISTINCT FROM (NEW.warehouse_id, NEW.item_id, NEW.batch_id, NEW.is_default))
    EXECUTE FUNCTION refuse_change('stock of something else is another row');

-- Before a batch becomes a default batch or none: no stock says otherwise, and none comes until that is committed or taken back.
CREATE FUNCTION keep_kind_of_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE inventory_onhand IN SHARE MODE;
    IF EXISTS (SELECT FROM inventory_onhand AS o WHERE o.batch_id = OLD.id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('%s of %s is refused: batch %s has stock of its kind', lower(TG_OP), TG_TABLE_NAME, OLD.id);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER batch_kind_of_stock BEFORE UPDATE OF is_default_batch ON inventory_batch
    FOR EACH ROW WHEN (OLD.is_default_batch IS DISTINCT FROM NEW.is_default_batch) EXECUTE FUNCTION keep_kind_of_stock();
ALTER TABLE inventory_onhand DROP CONSTRAINT on_hand_of_default_batch;
ALTER TABLE inventory_batch DROP CONSTRAINT batch_of_kind;
