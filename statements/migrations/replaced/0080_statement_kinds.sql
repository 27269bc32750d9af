-- A transaction is on one statement for its goods and on one for its money, each of a kind that takes it.
CREATE FUNCTION refuse_wrong_statement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT min(c.id) INTO wrong
    FROM changed AS c
    LEFT JOIN statements_statement AS s ON s.id = c.statement_id
    LEFT JOIN statements_statement AS m ON m.id = c.counted_on_id
    WHERE (s.kind = 'transactional' AND c.kind NOT IN ('sale', 'income', 'expense', 'payment'))
        OR (s.kind = 'financial' AND c.kind IN ('sale', 'income', 'expense', 'payment'))
        OR (s.kind IN ('combined', 'financial') AND c.counted_on_id <> s.id)
        OR (c.counted_on_id IS NOT NULL AND (m.id IS NULL OR m.kind = 'transactional' OR m.store_id <> c.store_id))
        OR (m.kind = 'combined' AND c.statement_id IS DISTINCT FROM m.id);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format('update of %s %s is refused: its statement takes no such document, or another one counts its money',
                             TG_TABLE_NAME, wrong);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER pos_transaction_on_right_statements AFTER UPDATE ON statements_postransaction
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_wrong_statement();
