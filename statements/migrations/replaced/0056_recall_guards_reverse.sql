DROP TRIGGER recall_key_fixed ON statements_recall;
DROP TRIGGER store_key_fixed ON orders_store;
DROP TRIGGER recall_keep_with_lines ON statements_recall;
DROP TRIGGER recall_lock_lines ON statements_recall;
DROP TRIGGER store_keep_recalled ON orders_store;
DROP TRIGGER store_lock_recall_lines ON orders_store;
DROP TRIGGER recall_line_references_changed ON statements_recallline;
DROP TRIGGER recall_line_references ON statements_recallline;
