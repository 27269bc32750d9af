-- refuse_change stands in the guards.sql of access, the other functions in that of inventory.

CREATE TRIGGER invoice_insert_only BEFORE UPDATE OR DELETE ON orders_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('an invoice is corrected by a credit note');
CREATE TRIGGER invoice_line_insert_only BEFORE UPDATE OR DELETE ON orders_invoiceline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('an invoice is corrected by a credit note');
CREATE TRIGGER batch_allocation_insert_only BEFORE UPDATE OR DELETE ON orders_batchallocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('an allocation is corrected by further allocations');

CREATE TRIGGER order_line_references AFTER INSERT ON orders_salesorderline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'order_id', 'orders_salesorder', 'id', 'item_id', 'inventory_item', 'id', 'unit_id', 'parameters_unit', 'code');
CREATE TRIGGER order_line_references_changed AFTER UPDATE ON orders_salesorderline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'order_id', 'orders_salesorder', 'id', 'item_id', 'inventory_item', 'id', 'unit_id', 'parameters_unit', 'code');
CREATE TRIGGER invoice_line_references AFTER INSERT ON orders_invoiceline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'invoice_id', 'orders_invoice', 'id', 'order_line_id', 'orders_salesorderline', 'id');
CREATE TRIGGER batch_allocation_references AFTER INSERT ON orders_batchallocation
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'order_line_id', 'orders_salesorderline', 'id', 'item_id', 'inventory_item', 'id',
        'warehouse_id', 'inventory_warehouse', 'id', 'batch_id', 'inventory_batch', 'id');

CREATE TRIGGER unit_lock_order_lines BEFORE DELETE ON parameters_unit
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('orders_salesorderline');
CREATE TRIGGER unit_keep_ordered AFTER DELETE ON parameters_unit
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('code', 'orders_salesorderline', 'unit_id');
CREATE TRIGGER warehouse_lock_allocations BEFORE DELETE ON inventory_warehouse
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('orders_batchallocation');
CREATE TRIGGER warehouse_keep_allocated AFTER DELETE ON inventory_warehouse
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'orders_batchallocation', 'warehouse_id');
CREATE TRIGGER item_lock_orders BEFORE DELETE ON inventory_item
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('orders_salesorderline', 'orders_batchallocation');
CREATE TRIGGER item_keep_ordered AFTER DELETE ON inventory_item
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning(
        'id', 'orders_salesorderline', 'item_id', 'orders_batchallocation', 'item_id');
CREATE TRIGGER batch_lock_allocations BEFORE DELETE ON inventory_batch
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('orders_batchallocation');
CREATE TRIGGER batch_keep_allocated AFTER DELETE ON inventory_batch
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'orders_batchallocation', 'batch_id');

-- Documents are deleted while other lanes post, so no table lock here: whoever writes or deletes lines of an order holds its lane.
CREATE TRIGGER order_keep_with_lines AFTER DELETE ON orders_salesorder
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'orders_salesorderline', 'order_id');

-- Invoice lines and allocations of an order line come with its invoice, which is found by index; they themselves have no index by order line.
CREATE FUNCTION refuse_invoiced_order_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referenced bigint;
BEGIN
    SELECT min(d.id) INTO referenced FROM deleted AS d
    WHERE EXISTS (
        SELECT FROM orders_invoice AS i JOIN orders_invoiceline AS l ON l.invoice_id = i.id
        WHERE i.order_id = d.order_id AND l.order_line_id = d.id
    );
    IF referenced IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('delete of %s %s is refused: it is invoiced', TG_TABLE_NAME, referenced);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER order_line_keep_invoiced AFTER DELETE ON orders_salesorderline
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_invoiced_order_lines();

CREATE TRIGGER unit_key_fixed BEFORE UPDATE OF code ON parameters_unit
    FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER order_key_fixed BEFORE UPDATE OF id ON orders_salesorder
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER order_line_key_fixed BEFORE UPDATE OF id ON orders_salesorderline
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');

CREATE TRIGGER order_event_insert_only BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('what happened stays written down');
CREATE TRIGGER pending_order_event_insert_only BEFORE UPDATE OR DELETE ON orders_pendingorderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('what happened stays written down');

-- What was reserved for a line when it was delivered: every change of a reservation keeps what was before.
CREATE FUNCTION keep_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept orders_reservation := COALESCE(OLD, NEW);
BEGIN
    INSERT INTO orders_reservationchange (id, order_line_id, batch_id, ordinal, before, reason)
    VALUES (
        nextval(pg_get_serial_sequence('inventory_inventorytransaction', 'id')), kept.order_line_id, kept.batch_id, kept.ordinal,
        CASE TG_OP WHEN 'INSERT' THEN 0 ELSE kept.quantity END, kept.reason
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER reservation_keep_before AFTER INSERT OR UPDATE OF quantity OR DELETE ON orders_reservation
    FOR EACH ROW EXECUTE FUNCTION keep_reservation();
