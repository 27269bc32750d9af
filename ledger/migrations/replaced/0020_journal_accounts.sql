-- Legal entities that were there before journals get the accounts that adjustments and write-offs post to; a number that is taken is left
-- alone, and its posting profile then waits for somebody to set it.
INSERT INTO ledger_mainaccount (legal_entity_id, number, name, account_type, is_active)
SELECT e.id, a.number, a.name, 'expense', true
FROM parameters_legalentity AS e
CROSS JOIN (VALUES ('5300', 'Inventory adjustments'), ('5400', 'Goods written off')) AS a (number, name)
ON CONFLICT (legal_entity_id, number) DO NOTHING;

INSERT INTO ledger_postingprofile (legal_entity_id, posting_type, payment_method, account_id)
SELECT m.legal_entity_id, p.posting_type, '', m.id
FROM (VALUES
    ('5300', 'stock_adjustment', 'Inventory adjustments'),
    ('5400', 'write_off', 'Goods written off')
) AS p (number, posting_type, name)
JOIN ledger_mainaccount AS m ON m.number = p.number AND m.name = p.name
ON CONFLICT (legal_entity_id, posting_type, payment_method) DO NOTHING;
