-- refuse_change stands in the guards.sql of access, the other functions in that of inventory.

-- Till lines are completed later (an unknown item becomes known, a return finds its sale), hence the second trigger of each kind.
CREATE TRIGGER pos_line_references AFTER INSERT ON statements_postransactionline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'transaction_id', 'statements_postransaction', 'id', 'item_id', 'inventory_item', 'id', 'unit_id', 'parameters_unit', 'code',
        'batch_id', 'inventory_batch', 'id', 'return_of_id', 'statements_postransactionline', 'id');
CREATE TRIGGER pos_line_references_changed AFTER UPDATE ON statements_postransactionline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'transaction_id', 'statements_postransaction', 'id', 'item_id', 'inventory_item', 'id', 'unit_id', 'parameters_unit', 'code',
        'batch_id', 'inventory_batch', 'id', 'return_of_id', 'statements_postransactionline', 'id');
CREATE TRIGGER pos_payment_references AFTER INSERT ON statements_pospayment
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'transaction_id', 'statements_postransaction', 'id', 'method_id', 'orders_paymentmethod', 'code');
CREATE TRIGGER pos_payment_references_changed AFTER UPDATE ON statements_pospayment
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'transaction_id', 'statements_postransaction', 'id', 'method_id', 'orders_paymentmethod', 'code');

CREATE TRIGGER unit_lock_pos_lines BEFORE DELETE ON parameters_unit
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('statements_postransactionline');
CREATE TRIGGER unit_keep_sold AFTER DELETE ON parameters_unit
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('code', 'statements_postransactionline', 'unit_id');
CREATE TRIGGER item_lock_pos_lines BEFORE DELETE ON inventory_item
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('statements_postransactionline');
CREATE TRIGGER item_keep_sold AFTER DELETE ON inventory_item
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'statements_postransactionline', 'item_id');
CREATE TRIGGER batch_lock_pos_lines BEFORE DELETE ON inventory_batch
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('statements_postransactionline');
CREATE TRIGGER batch_keep_captured AFTER DELETE ON inventory_batch
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'statements_postransactionline', 'batch_id');
CREATE TRIGGER payment_method_lock_payments BEFORE DELETE ON orders_paymentmethod
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('statements_pospayment');
CREATE TRIGGER payment_method_keep_used AFTER DELETE ON orders_paymentmethod
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('code', 'statements_pospayment', 'method_id');

-- A transaction comes in one database transaction with its lines and payments, so nobody can add to one that is being deleted.
CREATE TRIGGER pos_transaction_keep_with_lines AFTER DELETE ON statements_postransaction
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning(
        'id', 'statements_postransactionline', 'transaction_id', 'statements_pospayment', 'transaction_id');
CREATE TRIGGER pos_line_keep_returned AFTER DELETE ON statements_postransactionline
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'statements_postransactionline', 'return_of_id');

CREATE FUNCTION refuse_allocated_pos_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referenced bigint;
BEGIN
    -- 2 is SourceKind.POS_LINE; the key of allocations leads with it.
    SELECT min(d.id) INTO referenced FROM deleted AS d
    WHERE EXISTS (SELECT FROM orders_batchallocation AS a WHERE a.source_kind = 2 AND a.source_id = d.id);
    IF referenced IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'foreign_key_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('delete of %s %s is refused: it is posted', TG_TABLE_NAME, referenced);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER pos_line_keep_posted AFTER DELETE ON statements_postransactionline
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_allocated_pos_lines();

CREATE TRIGGER payment_method_key_fixed BEFORE UPDATE OF code ON orders_paymentmethod
    FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER pos_transaction_key_fixed BEFORE UPDATE OF id ON statements_postransaction
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER pos_line_key_fixed BEFORE UPDATE OF id ON statements_postransactionline
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
