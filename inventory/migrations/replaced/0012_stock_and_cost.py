from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

HERE = Path(__file__)
DATA = HERE.with_name("0012_stock_and_cost_data.sql")
REVERSE = HERE.with_name("0012_stock_and_cost_reverse.sql")


class Migration(migrations.Migration):
    """Value of stock, debt and credit of default batches as one book with it, units as ratios; what was posted before follows."""

    dependencies = [
        ('inventory', '0011_money_and_counting'),
        ('ledger', '0007_cost_accounts'),
        ('parameters', '0003_delivery_modes'),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchCredit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_kind', models.PositiveSmallIntegerField()),
                ('source_id', models.BigIntegerField()),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('open_quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('business_date', models.DateField()),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='CostAdjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('reason', models.CharField(choices=[('standard_changed', 'The standard cost or the costing method changed'), ('issued_below_zero', 'Goods came in for what was issued below zero'), ('returned_at_its_cost', 'Goods came back at the cost that they left with')], max_length=20)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('unit_cost', models.DecimalField(decimal_places=12, max_digits=24)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('source_kind', models.PositiveSmallIntegerField()),
                ('source_id', models.BigIntegerField()),
                ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='unitconversion',
            name='unit_conversion_positive',
        ),
        migrations.AddField(
            model_name='historicalunitconversion',
            name='denominator',
            field=models.DecimalField(db_default=1, decimal_places=6, default=1, max_digits=18),
        ),
        migrations.AddField(
            model_name='onhand',
            name='is_default',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='onhand',
            name='open_credit',
            field=models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='onhand',
            name='open_debt',
            field=models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='unitconversion',
            name='denominator',
            field=models.DecimalField(db_default=1, decimal_places=6, default=1, max_digits=18),
        ),
        migrations.AddField(
            model_name='warehouseitemcost',
            name='moving_average',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='warehouseitemcost',
            name='quantity',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='warehouseitemcost',
            name='value',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AlterField(
            model_name='warehouseitemcost',
            name='unit_cost',
            field=models.DecimalField(decimal_places=12, max_digits=24),
        ),
        migrations.AddField(
            model_name='batchcredit',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.batch'),
        ),
        migrations.AddField(
            model_name='batchcredit',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item'),
        ),
        migrations.AddField(
            model_name='batchcredit',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse'),
        ),
        migrations.AddField(
            model_name='costadjustment',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item'),
        ),
        migrations.AddField(
            model_name='costadjustment',
            name='warehouse',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse'),
        ),
        migrations.AddIndex(
            model_name='batchcredit',
            index=models.Index(condition=models.Q(('open_quantity__gt', 0)), fields=['warehouse', 'item'], name='batch_credit_open'),
        ),
        migrations.AddConstraint(
            model_name='batchcredit',
            constraint=models.UniqueConstraint(fields=('source_kind', 'source_id', 'batch'), name='batch_credit_once'),
        ),
        migrations.AddConstraint(
            model_name='batchcredit',
            constraint=models.CheckConstraint(condition=models.Q(('open_quantity__gte', 0), ('open_quantity__lte', models.F('quantity'))), name='batch_credit_open_in_range'),
        ),
        migrations.RunSQL(DATA.read_text(encoding='utf-8'), migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='onhand',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('open_credit__gte', 0), ('open_debt', 0)), models.Q(('open_credit', 0), ('open_debt__gte', 0)), _connector='OR'), name='debt_or_credit_never_both'),
        ),
        migrations.AddConstraint(
            model_name='onhand',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_default', False), ('open_credit', 0), ('open_debt', 0)), models.Q(('is_default', True), ('physical', django.db.models.expressions.CombinedExpression(models.F('open_credit'), '-', models.F('open_debt')))), _connector='OR'), name='default_batch_is_credit_less_debt'),
        ),
        migrations.AddConstraint(
            model_name='unitconversion',
            constraint=models.CheckConstraint(condition=models.Q(('denominator__gt', 0), ('factor__gt', 0)), name='unit_conversion_positive'),
        ),
        migrations.RunSQL(HERE.with_suffix('.sql').read_text(encoding='utf-8'), REVERSE.read_text(encoding='utf-8')),
    ]
