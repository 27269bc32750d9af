DROP TRIGGER reversal_insert_only ON ledger_reversal;
ALTER TABLE ledger_fiscalperiod DROP CONSTRAINT period_overlaps_none;
DROP TRIGGER voucher_balances ON ledger_voucherline;
DROP FUNCTION refuse_unbalanced_vouchers();
DROP TRIGGER voucher_line_insert_only ON ledger_voucherline;
DROP TRIGGER voucher_insert_only ON ledger_voucher;
