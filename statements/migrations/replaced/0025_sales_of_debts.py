"""Debts that were opened before they knew their sale learn its instant, and why no real batch served it."""

from django.db import migrations

SALES = """
UPDATE inventory_batchdebt d SET sold_at = s.sold_at, reason = s.reason
FROM (
    SELECT d.id, COALESCE(t.sold_at, d.opened_at) AS sold_at, COALESCE(a.reason, '') AS reason
    FROM inventory_batchdebt d
    LEFT JOIN statements_postransactionline l ON d.source_kind = 2 AND l.id = d.source_id
    LEFT JOIN statements_postransaction t ON t.id = l.transaction_id
    LEFT JOIN LATERAL (
        SELECT a.reason FROM orders_batchallocation a
        WHERE a.source_kind = d.source_kind AND a.source_id = d.source_id AND a.source = 'default' ORDER BY a.ordinal LIMIT 1
    ) a ON true
    WHERE d.sold_at IS NULL
) s
WHERE s.id = d.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('statements', '0018_errors_as_messages'),
        ('orders', '0055_numbers_by_company'),
        ('inventory', '0025_batch_debt_settlements'),
    ]

    operations = [migrations.RunSQL(SALES, migrations.RunSQL.noop)]
