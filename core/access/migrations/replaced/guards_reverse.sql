DROP TRIGGER audit_entry_insert_only ON access_auditentry;
DROP FUNCTION refuse_change();
