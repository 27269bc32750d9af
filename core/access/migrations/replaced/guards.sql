-- Posted rows are only ever added. One function serves every insert-only table; its argument says what to do instead.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
        MESSAGE = format('%s of %s is refused: %s', lower(TG_OP), TG_TABLE_NAME, TG_ARGV[0]);
END
$$;

CREATE TRIGGER audit_entry_insert_only BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the audit trail is only ever added to');
