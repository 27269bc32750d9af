"""Accounts, periods, posting profiles and vouchers."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels

FOLDER = Path(__file__).parent
GUARDS = (FOLDER / "guards.sql").read_text(encoding="utf-8")
GUARDS_REVERSE = (FOLDER / "guards_reverse.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('ledger', '0001_initial'),
        ('ledger', '0002_guards'),
        ('ledger', '0003_master_data_records'),
        ('ledger', '0004_list_indexes'),
        ('ledger', '0005_customer_prepayments'),
        ('ledger', '0006_prepayment_accounts'),
    ]

    dependencies = [
        ('access', '0001_squashed_0009_rights_of_pending_orders'),
        ('parameters', '0001_squashed_0003_delivery_modes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='HistoricalFiscalPeriod',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('starts_on', models.DateField()),
                        ('ends_on', models.DateField()),
                        ('status', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=10)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                    ],
                    options={
                        'verbose_name': 'historical fiscal period',
                        'verbose_name_plural': 'historical fiscal periods',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalMainAccount',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('account_type', models.CharField(choices=[('asset', 'Asset'), ('liability', 'Liability'), ('revenue', 'Revenue'), ('expense', 'Expense')], max_length=10)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'verbose_name': 'historical main account',
                        'verbose_name_plural': 'historical main accounts',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='MainAccount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('account_type', models.CharField(choices=[('asset', 'Asset'), ('liability', 'Liability'), ('revenue', 'Revenue'), ('expense', 'Expense')], max_length=10)),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('legal_entity', 'number'), name='main_account_once')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalPostingProfile',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('posting_type', models.CharField(choices=[('revenue', 'Revenue'), ('sales_tax', 'Sales tax'), ('clearing', 'Customer clearing'), ('cost_of_goods', 'Cost of goods sold'), ('inventory', 'Inventory'), ('payment', 'Payment'), ('over_short', 'Over/short'), ('rounding', 'Rounding difference'), ('discount', 'Periodic discount'), ('income', 'Income'), ('expense', 'Expense'), ('bank', 'Bank drop'), ('safe', 'Safe drop'), ('float', 'Float and removal'), ('gift_card', 'Gift card liability'), ('prepayment', 'Customer prepayment'), ('cancellation', 'Cancellation charge')], max_length=20)),
                        ('payment_method', models.CharField(blank=True, default='', max_length=60)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                        ('account', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ledger.mainaccount')),
                    ],
                    options={
                        'verbose_name': 'historical posting profile',
                        'verbose_name_plural': 'historical posting profiles',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='PostingProfile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('posting_type', models.CharField(choices=[('revenue', 'Revenue'), ('sales_tax', 'Sales tax'), ('clearing', 'Customer clearing'), ('cost_of_goods', 'Cost of goods sold'), ('inventory', 'Inventory'), ('payment', 'Payment'), ('over_short', 'Over/short'), ('rounding', 'Rounding difference'), ('discount', 'Periodic discount'), ('income', 'Income'), ('expense', 'Expense'), ('bank', 'Bank drop'), ('safe', 'Safe drop'), ('float', 'Float and removal'), ('gift_card', 'Gift card liability'), ('prepayment', 'Customer prepayment'), ('cancellation', 'Cancellation charge')], max_length=20)),
                        ('payment_method', models.CharField(blank=True, default='', max_length=60)),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.mainaccount')),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('legal_entity', 'posting_type', 'payment_method'), name='posting_profile_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Voucher',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=90, unique=True)),
                        ('date', models.DateField()),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('step', models.CharField(max_length=20)),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['legal_entity', 'date', 'number'], name='voucher_by_date')],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id', 'step'), name='voucher_once_per_step')],
                    },
                ),
                migrations.CreateModel(
                    name='VoucherLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('line_number', models.PositiveIntegerField()),
                        ('debit', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                        ('credit', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                        ('text', models.CharField(blank=True, default='', max_length=200)),
                        ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='ledger.mainaccount')),
                        ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.voucher')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('voucher', 'line_number'), name='voucher_line_once'), models.CheckConstraint(condition=models.Q(models.Q(('credit', 0), ('debit__gte', 0)), models.Q(('credit__gte', 0), ('debit', 0)), _connector='OR'), name='voucher_line_one_side')],
                    },
                ),
                migrations.CreateModel(
                    name='FiscalPeriod',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('starts_on', models.DateField()),
                        ('ends_on', models.DateField()),
                        ('status', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=10)),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='period_ends_after_start'), models.UniqueConstraint(fields=('legal_entity', 'starts_on'), name='period_once')],
                    },
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
    ]
