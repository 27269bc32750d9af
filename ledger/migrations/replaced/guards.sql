-- refuse_change stands in the guards.sql of access.

-- Per statement, not per row: it costs an insert nothing, and an UPDATE that happens to find no row is a mistake all the same.
CREATE TRIGGER voucher_insert_only BEFORE UPDATE OR DELETE ON ledger_voucher
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a voucher is corrected by its reversal');
CREATE TRIGGER voucher_line_insert_only BEFORE UPDATE OR DELETE ON ledger_voucherline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a voucher is corrected by its reversal');

-- A voucher comes whole, in one statement, and balances. Each statement must bring line 1 of every voucher that it touches; as a voucher
-- has one line 1 only (voucher_line_once), no second statement can add to it, and nothing but the new rows has to be read.
CREATE FUNCTION refuse_unbalanced_vouchers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT voucher_id, sum(debit) AS debit, sum(credit) AS credit, min(line_number) AS first_line INTO wrong
    FROM inserted GROUP BY voucher_id HAVING sum(debit) <> sum(credit) OR min(line_number) <> 1
    ORDER BY voucher_id LIMIT 1;
    IF wrong.voucher_id IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME,
            MESSAGE = format(
                'voucher %s is refused: debit %s, credit %s, first line %s; all lines of a voucher come in one statement, from line 1 on, and balance',
                coalesce((SELECT number FROM ledger_voucher WHERE id = wrong.voucher_id), wrong.voucher_id::text),
                wrong.debit, wrong.credit, wrong.first_line);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER voucher_balances AFTER INSERT ON ledger_voucherline
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_vouchers();

-- Without the extension btree_gist a GiST index has no equality of numbers, so legal entity and day become one number: 2^22 days, counted
-- from the first day of year 1, reach beyond year 9999, and the spans of two legal entities never meet.
ALTER TABLE ledger_fiscalperiod ADD CONSTRAINT period_overlaps_none EXCLUDE USING gist (
    int8range(
        legal_entity_id * 4194304 + (starts_on - DATE '0001-01-01'),
        legal_entity_id * 4194304 + (ends_on - DATE '0001-01-01'),
        '[]'
    ) WITH &&
);
