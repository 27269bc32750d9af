-- Lines of settlements refer to their settlement, debt, credit and batch without foreign keys (docs/adr/0004-references-of-big-tables.md).
CREATE TRIGGER settlement_line_references AFTER INSERT ON inventory_debtsettlementline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'settlement_id', 'inventory_debtsettlement', 'id', 'debt_id', 'inventory_batchdebt', 'id',
        'credit_id', 'inventory_batchcredit', 'id', 'to_batch_id', 'inventory_batch', 'id');
CREATE TRIGGER batch_lock_settlements BEFORE DELETE ON inventory_batch
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('inventory_debtsettlementline');
CREATE TRIGGER batch_keep_settled AFTER DELETE ON inventory_batch
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_debtsettlementline', 'to_batch_id');
-- Settlements are never deleted. A reversal that deletes debts and credits, and a settlement, hold the cost row of the place: no lock here.
CREATE TRIGGER batch_debt_keep_settled AFTER DELETE ON inventory_batchdebt
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_debtsettlementline', 'debt_id');
CREATE TRIGGER batch_credit_keep_settled AFTER DELETE ON inventory_batchcredit
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'inventory_debtsettlementline', 'credit_id');
CREATE TRIGGER batch_debt_key_fixed BEFORE UPDATE OF id ON inventory_batchdebt
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER batch_credit_key_fixed BEFORE UPDATE OF id ON inventory_batchcredit
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
