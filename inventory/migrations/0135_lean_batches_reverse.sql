ALTER TABLE inventory_batch ADD CONSTRAINT batch_of_kind UNIQUE (id, is_default_batch);
ALTER TABLE inventory_onhand ADD CONSTRAINT on_hand_of_default_batch FOREIGN KEY (batch_id, is_default)
    REFERENCES inventory_batch (id, is_default_batch) DEFERRABLE INITIALLY DEFERRED;
DROP TRIGGER batch_kind_of_stock ON inventory_batch;
DROP FUNCTION keep_kind_of_stock();
DROP TRIGGER on_hand_stays ON inventory_onhand;
CREATE TRIGGER on_hand_stays BEFORE UPDATE OF warehouse_id, item_id, batch_id ON inventory_onhand
    FOR EACH ROW WHEN ((OLD.warehouse_id, OLD.item_id, OLD.batch_id) IS DISTINCT FROM (NEW.warehouse_id, NEW.item_id, NEW.batch_id))
    EXECUTE FUNCTION refuse_change('stock of something else is another row');
DROP TRIGGER on_hand_of_batch ON inventory_onhand;
DROP TRIGGER on_hand_references ON inventory_onhand;
CREATE TRIGGER on_hand_references AFTER INSERT ON inventory_onhand
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'warehouse_id', 'inventory_warehouse', 'id', 'item_id', 'inventory_item', 'id', 'batch_id', 'inventory_batch', 'id');
DROP FUNCTION refuse_odd_stock();
DROP TRIGGER disposition_key_fixed ON inventory_disposition;
DROP TRIGGER disposition_keep_batches ON inventory_disposition;
DROP TRIGGER disposition_lock_batches ON inventory_disposition;
DROP TRIGGER item_keep_batches ON inventory_item;
DROP TRIGGER item_lock_batches ON inventory_item;
DROP TRIGGER batch_references_changed ON inventory_batch;
DROP TRIGGER batch_references ON inventory_batch;
