-- refuse_change stands in the guards.sql of access, the other functions in that of inventory.

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
