import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.db.fields

INSERT_ONLY = """
CREATE TRIGGER settlement_insert_only BEFORE UPDATE OR DELETE ON inventory_debtsettlement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a settlement is undone by a further settlement');
CREATE TRIGGER settlement_line_insert_only BEFORE UPDATE OR DELETE ON inventory_debtsettlementline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a settlement is undone by a further settlement');
"""
REVERSE = """
DROP TRIGGER settlement_insert_only ON inventory_debtsettlement;
DROP TRIGGER settlement_line_insert_only ON inventory_debtsettlementline;
"""


class Migration(migrations.Migration):
    """Debts know their sale, and can be paid by real batches."""

    dependencies = [
        ('inventory', '0050_reserved_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='DebtSettlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=80, unique=True)),
                ('ordinal', models.PositiveIntegerField()),
                ('date', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('actor', models.CharField(max_length=150)),
                ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='DebtSettlementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line_number', models.PositiveIntegerField()),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('cost_amount', core.db.fields.MoneyField()),
            ],
        ),
        migrations.AddField(
            model_name='batchdebt',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='batchdebt',
            name='sold_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='batchdebt',
            index=models.Index(condition=models.Q(('open_quantity__gt', 0)), fields=['business_date', 'id'], name='batch_debt_oldest'),
        ),
        migrations.AddField(
            model_name='debtsettlement',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='inventory.debtsettlement'),
        ),
        migrations.AddField(
            model_name='debtsettlement',
            name='warehouse',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse'),
        ),
        migrations.AddField(
            model_name='debtsettlementline',
            name='credit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batchcredit'),
        ),
        migrations.AddField(
            model_name='debtsettlementline',
            name='debt',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batchdebt'),
        ),
        migrations.AddField(
            model_name='debtsettlementline',
            name='settlement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.debtsettlement'),
        ),
        migrations.AddField(
            model_name='debtsettlementline',
            name='to_batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.batch'),
        ),
        migrations.AddIndex(
            model_name='debtsettlement',
            index=models.Index(fields=['date', 'id'], name='settlement_by_date'),
        ),
        migrations.AddConstraint(
            model_name='debtsettlement',
            constraint=models.UniqueConstraint(fields=('warehouse', 'ordinal'), name='settlement_once'),
        ),
        migrations.AddIndex(
            model_name='debtsettlementline',
            index=models.Index(condition=models.Q(('debt__isnull', False)), fields=['debt'], name='settlement_line_debt'),
        ),
        migrations.AddIndex(
            model_name='debtsettlementline',
            index=models.Index(condition=models.Q(('credit__isnull', False)), fields=['credit'], name='settlement_line_credit'),
        ),
        migrations.AddConstraint(
            model_name='debtsettlementline',
            constraint=models.UniqueConstraint(fields=('settlement', 'line_number'), name='settlement_line_once'),
        ),
        migrations.AddConstraint(
            model_name='debtsettlementline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='settlement_line_moves'),
        ),
        migrations.AddConstraint(
            model_name='debtsettlementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit__isnull', True), ('debt__isnull', False)), models.Q(('credit__isnull', False), ('debt__isnull', True)), _connector='OR'), name='settlement_line_of_debt_or_credit'),
        ),
        migrations.RunSQL(INSERT_ONLY, REVERSE),
    ]
