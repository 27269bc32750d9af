-- Legal entities that were there before customer orders get the two accounts that these post to; a number that is taken is left alone,
-- and its posting profile then waits for somebody to set it.
INSERT INTO ledger_mainaccount (legal_entity_id, number, name, account_type, is_active)
SELECT e.id, a.number, a.name, a.account_type, true
FROM parameters_legalentity AS e
CROSS JOIN (VALUES ('2300', 'Prepayments of customers', 'liability'), ('4800', 'Cancellation charges', 'revenue')) AS a (number, name, account_type)
ON CONFLICT (legal_entity_id, number) DO NOTHING;

INSERT INTO ledger_postingprofile (legal_entity_id, posting_type, payment_method, account_id)
SELECT m.legal_entity_id, p.posting_type, '', m.id
FROM (VALUES ('2300', 'prepayment', 'Prepayments of customers'), ('4800', 'cancellation', 'Cancellation charges')) AS p (number, posting_type, name)
JOIN ledger_mainaccount AS m ON m.number = p.number AND m.name = p.name
ON CONFLICT (legal_entity_id, posting_type, payment_method) DO NOTHING;
