-- Legal entities that were there before stock had a value of its own get the accounts that goods received and costs post to; a number that is
-- taken is left alone, and its posting profile then waits for somebody to set it.
INSERT INTO ledger_mainaccount (legal_entity_id, number, name, account_type, is_active)
SELECT e.id, a.number, a.name, a.account_type, true
FROM parameters_legalentity AS e
CROSS JOIN (VALUES
    ('2400', 'Goods received, not invoiced', 'liability'),
    ('5100', 'Purchase price variance', 'expense'),
    ('5200', 'Cost adjustments', 'expense')
) AS a (number, name, account_type)
ON CONFLICT (legal_entity_id, number) DO NOTHING;

INSERT INTO ledger_postingprofile (legal_entity_id, posting_type, payment_method, account_id)
SELECT m.legal_entity_id, p.posting_type, '', m.id
FROM (VALUES
    ('2400', 'goods_received', 'Goods received, not invoiced'),
    ('5100', 'price_variance', 'Purchase price variance'),
    ('5200', 'cost_adjustment', 'Cost adjustments')
) AS p (number, posting_type, name)
JOIN ledger_mainaccount AS m ON m.number = p.number AND m.name = p.name
ON CONFLICT (legal_entity_id, posting_type, payment_method) DO NOTHING;
