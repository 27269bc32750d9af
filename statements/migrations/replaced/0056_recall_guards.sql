-- refuse_change stands in the guards.sql of access, the other functions in that of inventory.

CREATE TRIGGER recall_line_references AFTER INSERT ON statements_recallline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'recall_id', 'statements_recall', 'id', 'store_id', 'orders_store', 'id');
CREATE TRIGGER recall_line_references_changed AFTER UPDATE ON statements_recallline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphans(
        'recall_id', 'statements_recall', 'id', 'store_id', 'orders_store', 'id');

CREATE TRIGGER store_lock_recall_lines BEFORE DELETE ON orders_store
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('statements_recallline');
CREATE TRIGGER store_keep_recalled AFTER DELETE ON orders_store
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'statements_recallline', 'store_id');
CREATE TRIGGER recall_lock_lines BEFORE DELETE ON statements_recall
    FOR EACH STATEMENT EXECUTE FUNCTION lock_referring_tables('statements_recallline');
CREATE TRIGGER recall_keep_with_lines AFTER DELETE ON statements_recall
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION refuse_orphaning('id', 'statements_recallline', 'recall_id');

CREATE TRIGGER store_key_fixed BEFORE UPDATE OF id ON orders_store
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
CREATE TRIGGER recall_key_fixed BEFORE UPDATE OF id ON statements_recall
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_change('other tables refer to the key');
