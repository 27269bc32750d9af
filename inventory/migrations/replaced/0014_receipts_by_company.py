"""Numbers of goods receipts are unique within the company of their warehouse."""

import django.db.models.deletion
from django.db import migrations, models

COMPANIES = """
UPDATE inventory_receiptline r SET legal_entity_id = w.legal_entity_id FROM inventory_warehouse w WHERE w.id = r.warehouse_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


def company(**options):
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity', **options)


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0013_amounts_by_currency'),
        ('parameters', '0006_amounts_by_currency'),
    ]

    operations = [
        migrations.AddField(model_name='receiptline', name='legal_entity', field=company(null=True)),
        migrations.RunSQL(COMPANIES, migrations.RunSQL.noop),
        migrations.AlterField(model_name='receiptline', name='legal_entity', field=company()),
        migrations.RemoveConstraint(model_name='receiptline', name='receipt_line_once'),
        migrations.AddConstraint(
            model_name='receiptline',
            constraint=models.UniqueConstraint(fields=('receipt', 'line_number', 'legal_entity'), name='receipt_line_once'),
        ),
    ]
