"""Numbers of orders and invoices are unique within their company, which orders have from their warehouse."""

import django.db.models.deletion
from django.db import migrations, models

COMPANIES = """
UPDATE orders_salesorder o SET legal_entity_id = w.legal_entity_id FROM inventory_warehouse w WHERE w.id = o.warehouse_id;
UPDATE orders_pendingorder p SET legal_entity_id = w.legal_entity_id
FROM orders_store s JOIN inventory_warehouse w ON w.id = s.warehouse_id WHERE s.id = p.store_id;
ALTER TABLE orders_invoice DISABLE TRIGGER invoice_insert_only;
UPDATE orders_invoice i SET legal_entity_id = o.legal_entity_id FROM orders_salesorder o WHERE o.id = i.order_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE orders_invoice ENABLE TRIGGER invoice_insert_only;
"""


def company(**options):
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity', **options)


def once(name):
    return models.UniqueConstraint(fields=('number', 'legal_entity'), name=name)


def beginning(name):
    return models.Index(fields=['number'], opclasses=('varchar_pattern_ops',), name=name)


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0018_rounding_of_deliveries'),
        ('parameters', '0007_count_limits'),
    ]

    operations = [
        migrations.AddField(model_name='salesorder', name='legal_entity', field=company(null=True)),
        migrations.AddField(model_name='invoice', name='legal_entity', field=company(null=True)),
        migrations.AddField(model_name='pendingorder', name='legal_entity', field=company(null=True, blank=True)),
        migrations.RunSQL(COMPANIES, migrations.RunSQL.noop),
        migrations.AlterField(model_name='salesorder', name='legal_entity', field=company()),
        migrations.AlterField(model_name='invoice', name='legal_entity', field=company()),
        migrations.AlterField(model_name='salesorder', name='number', field=models.CharField(max_length=80)),
        migrations.AlterField(model_name='invoice', name='number', field=models.CharField(max_length=90)),
        migrations.AddConstraint(model_name='salesorder', constraint=once('sales_order_number_once')),
        migrations.AddConstraint(model_name='invoice', constraint=once('invoice_number_once')),
        migrations.AddIndex(model_name='salesorder', index=beginning('sales_order_number')),
        migrations.AddIndex(model_name='invoice', index=beginning('invoice_number')),
        migrations.RemoveConstraint(model_name='pendingorder', name='pending_order_once'),
        migrations.AddConstraint(
            model_name='pendingorder',
            constraint=models.UniqueConstraint(
                condition=models.Q(('state', 'discarded'), _negated=True), fields=('number', 'legal_entity'), nulls_distinct=False,
                name='pending_order_once',
            ),
        ),
    ]
