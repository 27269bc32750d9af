"""Legal entities, Retail parameters, number sequences, rules that are off, units and currencies."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('parameters', '0001_initial'),
        ('parameters', '0002_master_data_records'),
        ('parameters', '0003_delivery_modes'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='NumberSequence',
                    fields=[
                        ('code', models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ('next_number', models.BigIntegerField(default=1)),
                    ],
                ),
                migrations.CreateModel(
                    name='Unit',
                    fields=[
                        ('code', models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                    ],
                ),
                migrations.CreateModel(
                    name='Currency',
                    fields=[
                        ('code', models.CharField(max_length=3, primary_key=True, serialize=False)),
                        ('decimals', models.PositiveSmallIntegerField(default=2)),
                    ],
                    options={
                        'verbose_name_plural': 'currencies',
                        'constraints': [models.CheckConstraint(condition=models.Q(('decimals__lte', 2)), name='currency_at_most_two_decimals')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalLegalEntity',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('currency', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.currency')),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'verbose_name': 'historical legal entity',
                        'verbose_name_plural': 'historical legal entities',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='LegalEntity',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.currency')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'verbose_name_plural': 'legal entities',
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalRetailParameters',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('customer_orders_use_default_batch_id', models.BooleanField(default=False, verbose_name='Use default batch id')),
                        ('customer_orders_default_batch_id', models.CharField(blank=True, default='', max_length=60, verbose_name='Default batch id')),
                        ('customer_orders_default_deposit_percent', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='Default deposit percentage')),
                        ('customer_orders_cancellation_charge_percent', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='Cancellation charge percentage')),
                        ('posting_use_default_batch_id', models.BooleanField(default=False, verbose_name='Use default batch id when batch numbers are not found')),
                        ('posting_default_batch_id', models.CharField(blank=True, default='', max_length=60, verbose_name='Default batch id')),
                        ('posting_aggregate_lines', models.BooleanField(default=True, verbose_name='Sales transactions')),
                        ('posting_max_lines_per_order', models.PositiveIntegerField(default=1000, verbose_name='Maximum lines per order')),
                        ('posting_max_parallel_lanes', models.PositiveIntegerField(default=16, verbose_name='Maximum parallel lanes')),
                        ('posting_hold_failing_transactions', models.BooleanField(default=False, verbose_name='Hold failing transactions')),
                        ('inventory_default_batch_scope', models.CharField(choices=[('all', 'All warehouses and items'), ('advanced', 'Advanced warehousing only')], default='all', max_length=10, verbose_name='Default batch scope')),
                        ('inventory_sellable_on_expiration_date', models.BooleanField(default=True, verbose_name='Sellable on expiration date')),
                        ('inventory_use_batches_received_after_sale', models.BooleanField(default=False, verbose_name='Use batches received after the sale')),
                        ('statements_max_difference', models.DecimalField(decimal_places=2, default=10, max_digits=18, verbose_name='Maximum posting difference')),
                        ('statements_disable_counting', models.BooleanField(default=False, verbose_name='Disable counting required')),
                        ('version', models.PositiveIntegerField(default=1)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                        ('customer_orders_offer_carry_out', models.BooleanField(default=True, verbose_name='Delivery mode: carry out')),
                        ('customer_orders_offer_pickup', models.BooleanField(default=True, verbose_name='Delivery mode: pickup')),
                        ('customer_orders_offer_ship', models.BooleanField(default=True, verbose_name='Delivery mode: ship')),
                    ],
                    options={
                        'verbose_name': 'historical retail parameters',
                        'verbose_name_plural': 'historical retail parameters',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalDisabledRule',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(max_length=10)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                    ],
                    options={
                        'verbose_name': 'historical disabled rule',
                        'verbose_name_plural': 'historical disabled rules',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='DisabledRule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=10)),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('legal_entity', 'code'), name='rule_disabled_once')],
                    },
                ),
                migrations.CreateModel(
                    name='RetailParameters',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('customer_orders_use_default_batch_id', models.BooleanField(default=False, verbose_name='Use default batch id')),
                        ('customer_orders_default_batch_id', models.CharField(blank=True, default='', max_length=60, verbose_name='Default batch id')),
                        ('customer_orders_default_deposit_percent', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='Default deposit percentage')),
                        ('customer_orders_cancellation_charge_percent', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='Cancellation charge percentage')),
                        ('posting_use_default_batch_id', models.BooleanField(default=False, verbose_name='Use default batch id when batch numbers are not found')),
                        ('posting_default_batch_id', models.CharField(blank=True, default='', max_length=60, verbose_name='Default batch id')),
                        ('posting_aggregate_lines', models.BooleanField(default=True, verbose_name='Sales transactions')),
                        ('posting_max_lines_per_order', models.PositiveIntegerField(default=1000, verbose_name='Maximum lines per order')),
                        ('posting_max_parallel_lanes', models.PositiveIntegerField(default=16, verbose_name='Maximum parallel lanes')),
                        ('posting_hold_failing_transactions', models.BooleanField(default=False, verbose_name='Hold failing transactions')),
                        ('inventory_default_batch_scope', models.CharField(choices=[('all', 'All warehouses and items'), ('advanced', 'Advanced warehousing only')], default='all', max_length=10, verbose_name='Default batch scope')),
                        ('inventory_sellable_on_expiration_date', models.BooleanField(default=True, verbose_name='Sellable on expiration date')),
                        ('inventory_use_batches_received_after_sale', models.BooleanField(default=False, verbose_name='Use batches received after the sale')),
                        ('statements_max_difference', models.DecimalField(decimal_places=2, default=10, max_digits=18, verbose_name='Maximum posting difference')),
                        ('statements_disable_counting', models.BooleanField(default=False, verbose_name='Disable counting required')),
                        ('version', models.PositiveIntegerField(default=1)),
                        ('legal_entity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='retail_parameters', to='parameters.legalentity')),
                        ('customer_orders_offer_carry_out', models.BooleanField(default=True, verbose_name='Delivery mode: carry out')),
                        ('customer_orders_offer_pickup', models.BooleanField(default=True, verbose_name='Delivery mode: pickup')),
                        ('customer_orders_offer_ship', models.BooleanField(default=True, verbose_name='Delivery mode: ship')),
                    ],
                    options={
                        'verbose_name_plural': 'retail parameters',
                        'constraints': [models.CheckConstraint(condition=models.Q(('posting_use_default_batch_id', False), models.Q(('posting_default_batch_id', ''), _negated=True), _connector='OR'), name='posting_default_batch_filled', violation_error_message='Fill in Default batch id before you switch on its use.'), models.CheckConstraint(condition=models.Q(('customer_orders_use_default_batch_id', False), models.Q(('customer_orders_default_batch_id', ''), _negated=True), _connector='OR'), name='customer_orders_default_batch_filled', violation_error_message='Fill in Default batch id before you switch on its use.'), models.CheckConstraint(condition=models.Q(('posting_max_lines_per_order__gte', 1), ('posting_max_parallel_lanes__gte', 1)), name='posting_limits_positive'), models.CheckConstraint(condition=models.Q(('statements_max_difference__gte', 0)), name='max_difference_not_negative'), models.CheckConstraint(condition=models.Q(('customer_orders_default_deposit_percent__range', (0, 100)), ('customer_orders_cancellation_charge_percent__range', (0, 100))), name='percentages_in_range')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalNumberSequence',
                    fields=[
                        ('code', models.CharField(db_index=True, max_length=80)),
                        ('next_number', models.BigIntegerField(default=1)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical number sequence',
                        'verbose_name_plural': 'historical number sequences',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalUnit',
                    fields=[
                        ('code', models.CharField(db_index=True, max_length=20)),
                        ('name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical unit',
                        'verbose_name_plural': 'historical units',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
            ],
        ),
    ]
