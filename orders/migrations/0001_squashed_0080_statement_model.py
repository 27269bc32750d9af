"""Stores, customers, sales orders, customer orders, deliveries, invoices and allocations."""

from decimal import Decimal
from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import core.db.fields
from core.db.create_models import CreateModels

FOLDER = Path(__file__).parent
GUARDS = (FOLDER / "guards.sql").read_text(encoding="utf-8")
GUARDS_REVERSE = (FOLDER / "guards_reverse.sql").read_text(encoding="utf-8")
# Those that exist from the start.
PAYMENT_METHODS = """
INSERT INTO orders_paymentmethod (code, name)
VALUES ('cash', 'Cash'), ('card', 'Card'), ('gift_card', 'Gift card'), ('voucher', 'Voucher'), ('on_account', 'On account')
"""
# Amounts that were numeric(18,2) once got no CHECK when their columns were widened (ADR 0019), so those of older databases have none.
UNCHECKED = """
ALTER TABLE orders_batchallocation DROP CONSTRAINT orders_batchallocation_cost_amount_check;
ALTER TABLE orders_customer DROP CONSTRAINT orders_customer_credit_limit_check;
ALTER TABLE orders_customerorder
    DROP CONSTRAINT orders_customerorder_cancelled_check,
    DROP CONSTRAINT orders_customerorder_charged_check,
    DROP CONSTRAINT orders_customerorder_deposit_used_check,
    DROP CONSTRAINT orders_customerorder_deposit_wanted_check,
    DROP CONSTRAINT orders_customerorder_invoiced_check,
    DROP CONSTRAINT orders_customerorder_net_check,
    DROP CONSTRAINT orders_customerorder_tax_check,
    DROP CONSTRAINT orders_customerorder_total_check;
ALTER TABLE orders_customerorderline
    DROP CONSTRAINT orders_customerorderline_cancelled_net_check,
    DROP CONSTRAINT orders_customerorderline_cancelled_tax_check;
ALTER TABLE orders_customertransaction DROP CONSTRAINT orders_customertransaction_amount_check;
ALTER TABLE orders_delivery DROP CONSTRAINT orders_delivery_net_check, DROP CONSTRAINT orders_delivery_tax_check;
ALTER TABLE orders_deliveryline DROP CONSTRAINT orders_deliveryline_net_check, DROP CONSTRAINT orders_deliveryline_tax_check;
ALTER TABLE orders_historicalcustomer DROP CONSTRAINT orders_historicalcustomer_credit_limit_check;
ALTER TABLE orders_historicalstore DROP CONSTRAINT orders_historicalstore_rounding_limit_check;
ALTER TABLE orders_invoice
    DROP CONSTRAINT orders_invoice_net_check,
    DROP CONSTRAINT orders_invoice_tax_check,
    DROP CONSTRAINT orders_invoice_total_check;
ALTER TABLE orders_invoiceline DROP CONSTRAINT orders_invoiceline_net_check, DROP CONSTRAINT orders_invoiceline_tax_check;
ALTER TABLE orders_orderpayment DROP CONSTRAINT orders_orderpayment_amount_check;
ALTER TABLE orders_paymentjournalline DROP CONSTRAINT orders_paymentjournalline_amount_check;
ALTER TABLE orders_salesorderline
    DROP CONSTRAINT orders_salesorderline_discount_check,
    DROP CONSTRAINT orders_salesorderline_net_check,
    DROP CONSTRAINT orders_salesorderline_tax_check;
ALTER TABLE orders_store DROP CONSTRAINT orders_store_rounding_limit_check;
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('orders', '0001_initial'),
        ('orders', '0002_guards'),
        ('orders', '0003_payment_methods'),
        ('orders', '0004_store_scope'),
        ('orders', '0005_master_data_records'),
        ('orders', '0006_list_indexes'),
        ('orders', '0007_customer_orders'),
        ('orders', '0008_history_of_customer_orders'),
        ('orders', '0009_history_insert_only'),
        ('orders', '0010_list_of_customer_orders'),
        ('orders', '0011_pending_orders'),
        ('orders', '0001_squashed_0011_pending_orders'),
        ('orders', '0012_money_and_counting'),
        ('orders', '0013_cost_of_allocations'),
        ('orders', '0014_amounts_by_currency'),
        ('orders', '0015_alert_of_an_order'),
        ('orders', '0016_number_series'),
        ('orders', '0017_errors_as_messages'),
        ('orders', '0018_rounding_of_deliveries'),
        ('orders', '0030_reversals'),
        ('orders', '0050_reservation_changes'),
        ('orders', '0055_numbers_by_company'),
        ('orders', '0061_indexes_without_states'),
        ('orders', '0065_indexes_once'),
        ('orders', '0070_gift_cards'),
        ('orders', '0080_statement_model'),
    ]

    dependencies = [
        ('inventory', '0001_squashed_0095_room_in_cost_rows'),
        ('jobs', '0001_squashed_0040_signs_of_life'),
        ('ledger', '0001_squashed_0085_stock_periods'),
        ('parameters', '0001_squashed_0090_fallback_share'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='Customer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('blocked', models.BooleanField(default=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('address', models.TextField(blank=True, db_default='', default='')),
                        ('credit_limit', core.db.fields.MoneyField(blank=True, null=True)),
                        ('email', models.CharField(blank=True, db_default='', default='', max_length=200)),
                        ('on_hold', models.BooleanField(db_default=False, default=False)),
                        ('phone', models.CharField(blank=True, db_default='', default='', max_length=200)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('credit_limit__gte', 0)), name='credit_limit_not_negative')],
                    },
                ),
                migrations.CreateModel(
                    name='Invoice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=90)),
                        ('ordinal', models.PositiveIntegerField(default=1)),
                        ('date', models.DateField()),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('total', core.db.fields.MoneyField()),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='orders.salesorder')),
                        ('legal_entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['date', 'number'], name='invoice_by_date'), models.Index(fields=['number'], name='invoice_number', opclasses=('varchar_pattern_ops',))],
                        'constraints': [models.UniqueConstraint(fields=('order', 'ordinal'), name='invoice_once_per_order'), models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='invoice_total_adds_up'), models.UniqueConstraint(fields=('number', 'legal_entity'), name='invoice_number_once')],
                    },
                ),
                migrations.CreateModel(
                    name='PaymentMethod',
                    fields=[
                        ('code', models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='Staff',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                    ],
                    options={
                        'verbose_name_plural': 'staff',
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalCustomer',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('blocked', models.BooleanField(default=False)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('address', models.TextField(blank=True, db_default='', default='')),
                        ('credit_limit', core.db.fields.MoneyField(blank=True, null=True)),
                        ('email', models.CharField(blank=True, db_default='', default='', max_length=200)),
                        ('on_hold', models.BooleanField(db_default=False, default=False)),
                        ('phone', models.CharField(blank=True, db_default='', default='', max_length=200)),
                    ],
                    options={
                        'verbose_name': 'historical customer',
                        'verbose_name_plural': 'historical customers',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalStore',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('time_zone', models.CharField(max_length=60)),
                        ('end_of_business_day', models.TimeField()),
                        ('rounding_limit', core.db.fields.MoneyField(db_default=Decimal('0.05'), default=Decimal('0.05'))),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('currency', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.currency')),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('walk_in_customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='orders.customer')),
                        ('warehouse', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.warehouse')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('count', models.CharField(choices=[('last', 'The last count'), ('sum', 'The sum of all counts')], db_default='last', default='last', max_length=4)),
                        ('statement_method', models.CharField(choices=[('total', 'Total of the store'), ('terminal', 'Terminal'), ('staff', 'Staff'), ('shift', 'Shift')], db_default='total', default='total', max_length=8)),
                        ('number_series', models.CharField(choices=[('terminal', 'One for each terminal'), ('day', 'Begins anew each day')], db_default='terminal', default='terminal', max_length=8)),
                        ('closing_method', models.CharField(choices=[('time', 'End of business day'), ('shift', 'Closed shifts')], db_default='time', default='time', max_length=5)),
                        ('statement_model', models.CharField(blank=True, choices=[('', 'As the company'), ('combined', 'Combined'), ('split', 'Transactional and financial')], db_default='', default='', max_length=10)),
                    ],
                    options={
                        'verbose_name': 'historical store',
                        'verbose_name_plural': 'historical stores',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='PaymentJournal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=80, unique=True)),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('date', models.DateField()),
                        ('voucher', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.voucher')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id'), name='payment_journal_once')],
                    },
                ),
                migrations.CreateModel(
                    name='PaymentJournalLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('amount', core.db.fields.MoneyField()),
                        ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.invoice')),
                        ('journal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.paymentjournal')),
                        ('payment_method', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('journal', 'invoice', 'payment_method'), name='payment_journal_line_once')],
                    },
                ),
                migrations.CreateModel(
                    name='SalesOrder',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=80)),
                        ('origin', models.CharField(choices=[('statement', 'Statement'), ('customer', 'Customer order')], max_length=10)),
                        ('business_date', models.DateField()),
                        ('status', models.CharField(choices=[('aggregated', 'Aggregated'), ('created', 'Open order'), ('invoiced', 'Invoiced'), ('cancelled', 'Cancelled')], max_length=12)),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('ordinal', models.PositiveIntegerField()),
                        ('merges_lines', models.BooleanField(default=True)),
                        ('error_code', models.CharField(blank=True, default='', max_length=60)),
                        ('error_text', core.db.fields.MessageField(blank=True, null=True)),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.customer')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('legal_entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['business_date', 'number'], name='sales_order_by_date'), models.Index(condition=models.Q(('status', 'invoiced'), _negated=True), fields=['business_date', 'number'], name='sales_order_open'), models.Index(fields=['number'], name='sales_order_number', opclasses=('varchar_pattern_ops',))],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id', 'ordinal'), name='order_once_per_source'), models.UniqueConstraint(fields=('number', 'legal_entity'), name='sales_order_number_once')],
                    },
                ),
                migrations.CreateModel(
                    name='OrderProblem',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('code', models.CharField(max_length=60)),
                        ('missing_quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('message', core.db.fields.MessageField()),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='orders.salesorder')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('order', 'source_kind', 'source_id'), name='order_problem_once')],
                    },
                ),
                migrations.CreateModel(
                    name='SalesOrderLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('line_number', models.PositiveIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('stock_quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('price', models.DecimalField(decimal_places=6, max_digits=18)),
                        ('discount', core.db.fields.MoneyField()),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('order', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.salesorder')),
                        ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.unit')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('order', 'line_number'), name='order_line_once')],
                    },
                ),
                migrations.CreateModel(
                    name='InvoiceLine',
                    fields=[
                        ('pk', models.CompositePrimaryKey('invoice_id', 'line_number', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('line_number', models.PositiveIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('invoice', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.invoice')),
                        ('order_line', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.salesorderline')),
                    ],
                ),
                migrations.CreateModel(
                    name='BatchAllocation',
                    fields=[
                        ('pk', models.CompositePrimaryKey('source_kind', 'source_id', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('ordinal', models.PositiveSmallIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('source', models.CharField(choices=[('captured', 'Captured at the till'), ('allocated', 'Chosen by policy'), ('default', 'Default batch'), ('returned', 'Returned'), ('untracked', 'Not batch-tracked')], max_length=10)),
                        ('reason', models.CharField(max_length=20)),
                        ('setting', models.CharField(blank=True, default='', max_length=60)),
                        ('batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('order_line', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.salesorderline')),
                        ('cost_amount', core.db.fields.MoneyField(db_default=0, default=0)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='batch_allocation_batch')],
                    },
                ),
                migrations.CreateModel(
                    name='Store',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('time_zone', models.CharField(max_length=60)),
                        ('end_of_business_day', models.TimeField()),
                        ('rounding_limit', core.db.fields.MoneyField(db_default=Decimal('0.05'), default=Decimal('0.05'))),
                        ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.currency')),
                        ('walk_in_customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.customer')),
                        ('warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('count', models.CharField(choices=[('last', 'The last count'), ('sum', 'The sum of all counts')], db_default='last', default='last', max_length=4)),
                        ('statement_method', models.CharField(choices=[('total', 'Total of the store'), ('terminal', 'Terminal'), ('staff', 'Staff'), ('shift', 'Shift')], db_default='total', default='total', max_length=8)),
                        ('number_series', models.CharField(choices=[('terminal', 'One for each terminal'), ('day', 'Begins anew each day')], db_default='terminal', default='terminal', max_length=8)),
                        ('closing_method', models.CharField(choices=[('time', 'End of business day'), ('shift', 'Closed shifts')], db_default='time', default='time', max_length=5)),
                        ('statement_model', models.CharField(blank=True, choices=[('', 'As the company'), ('combined', 'Combined'), ('split', 'Transactional and financial')], db_default='', default='', max_length=10)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('rounding_limit__gte', 0)), name='rounding_limit_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('closing_method', 'shift'), _negated=True), ('statement_method', 'shift'), _connector='OR'), name='closing_by_shift_counts_by_shift')],
                    },
                ),
                migrations.CreateModel(
                    name='Terminal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60)),
                        ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('store', 'code'), name='terminal_once')],
                    },
                ),
                migrations.CreateModel(
                    name='StoreScope',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.store')),
                        ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='store_scopes', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('user', 'store'), name='store_scope_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalPaymentMethod',
                    fields=[
                        ('code', models.CharField(db_index=True, max_length=20)),
                        ('name', models.CharField(max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical payment method',
                        'verbose_name_plural': 'historical payment methods',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalTerminal',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(max_length=60)),
                        ('name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('store', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='orders.store')),
                    ],
                    options={
                        'verbose_name': 'historical terminal',
                        'verbose_name_plural': 'historical terminals',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('ordinal', models.PositiveIntegerField()),
                        ('verb', models.CharField(max_length=10)),
                        ('day', models.DateField()),
                        ('requested_at', models.DateTimeField()),
                        ('requested_by', models.CharField(max_length=150)),
                        ('on_account', models.BooleanField(default=False)),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('line_count', models.PositiveIntegerField()),
                        ('error_code', models.CharField(blank=True, default='', max_length=60)),
                        ('error_text', core.db.fields.MessageField(blank=True, null=True)),
                        ('attempts', models.PositiveIntegerField(default=0)),
                        ('work_state', models.CharField(blank=True, choices=[('', 'Idle'), ('queued', 'Queued'), ('running', 'Running')], default='', max_length=8)),
                        ('run_token', models.UUIDField(blank=True, null=True)),
                        ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                        ('invoice', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.invoice')),
                        ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='jobs.job')),
                        ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='orders.salesorder')),
                        ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('rounding', core.db.fields.MoneyField(db_default=Decimal('0'), default=0)),
                    ],
                    options={
                        'verbose_name_plural': 'deliveries',
                        'indexes': [models.Index(condition=models.Q(('invoice__isnull', True)), fields=['warehouse', 'day'], name='delivery_in_work')],
                        'constraints': [models.UniqueConstraint(fields=('order', 'ordinal'), name='delivery_once'), models.UniqueConstraint(condition=models.Q(('invoice__isnull', True)), fields=('order',), name='one_open_delivery_per_order'), models.CheckConstraint(condition=models.Q(models.Q(('run_token__isnull', False), ('work_state', 'running')), models.Q(models.Q(('work_state', 'running'), _negated=True), ('run_token__isnull', True)), _connector='OR'), name='delivery_running_has_token'), models.CheckConstraint(condition=models.Q(('invoice__isnull', True), ('work_state', ''), _connector='OR'), name='invoiced_delivery_is_idle')],
                    },
                ),
                migrations.CreateModel(
                    name='DeliveryLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('stock_quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.delivery')),
                        ('order_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.salesorderline')),
                        ('return_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.deliveryline')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('delivery', 'order_line', 'return_of'), name='delivery_line_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='OrderPayment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('ordinal', models.PositiveIntegerField()),
                        ('kind', models.CharField(choices=[('deposit', 'Deposit'), ('payment', 'Payment'), ('refund', 'Refund'), ('charge', 'Cancellation charge')], max_length=8)),
                        ('amount', core.db.fields.MoneyField()),
                        ('paid_at', models.DateTimeField()),
                        ('delivery', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='payments', to='orders.delivery')),
                        ('method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                        ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='orders.salesorder')),
                        ('voucher', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.voucher')),
                        ('gift_card', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order_payments', to='orders.giftcard')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('order', 'ordinal'), name='order_payment_once')],
                        'indexes': [models.Index(condition=models.Q(('gift_card__isnull', False)), fields=['gift_card'], name='order_payment_of_gift_card')],
                    },
                ),
                migrations.CreateModel(
                    name='Reservation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('ordinal', models.PositiveSmallIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('reason', models.CharField(max_length=20)),
                        ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('order_line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='orders.salesorderline')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('order_line', 'batch'), name='reservation_once_per_batch', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='reservation_positive')],
                    },
                ),
                migrations.CreateModel(
                    name='CustomerOrder',
                    fields=[
                        ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='customer_order', serialize=False, to='orders.salesorder')),
                        ('channel', models.CharField(choices=[('api', 'Till or API'), ('web', 'Order desk'), ('import', 'Import')], max_length=6)),
                        ('ordered_at', models.DateTimeField()),
                        ('delivery', models.CharField(max_length=9)),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('total', core.db.fields.MoneyField()),
                        ('deposit_wanted', core.db.fields.MoneyField(default=0)),
                        ('deposit_overridden_by', models.CharField(blank=True, default='', max_length=150)),
                        ('deposit_used', core.db.fields.MoneyField(default=0)),
                        ('invoiced', core.db.fields.MoneyField(default=0)),
                        ('cancelled', core.db.fields.MoneyField(default=0)),
                        ('charged', core.db.fields.MoneyField(default=0)),
                        ('version', models.PositiveIntegerField(default=1)),
                        ('content_hash', models.UUIDField()),
                        ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.currency')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='customer_order_total_adds_up'), models.CheckConstraint(condition=models.Q(('charged__gte', 0), ('deposit_used__gte', 0)), name='customer_order_deposit_in_range')],
                        'indexes': [models.Index(fields=['ordered_at', 'order_id'], name='customer_order_by_time')],
                        'permissions': (('override_deposit', 'Override deposits'), ('reverse_delivery', 'Reverse deliveries')),
                    },
                ),
                migrations.CreateModel(
                    name='CustomerOrderLine',
                    fields=[
                        ('order_line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='stages', serialize=False, to='orders.salesorderline')),
                        ('delivery', models.CharField(max_length=9)),
                        ('ordered', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('picked', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('packed', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('invoiced', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('cancelled', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('return_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned_by', to='orders.salesorderline')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('cancelled_net', core.db.fields.MoneyField(default=0)),
                        ('cancelled_stock', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('cancelled_tax', core.db.fields.MoneyField(default=0)),
                        ('gift_card', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order_lines', to='orders.giftcard')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('cancelled__gte', 0), ('invoiced__gte', 0), ('packed__gte', 0), ('picked__gte', 0)), name='order_stages_not_negative'), models.CheckConstraint(condition=models.Q(('ordered__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('picked'), '+', models.F('packed')), '+', models.F('invoiced')), '+', models.F('cancelled')))), name='order_stages_within_ordered')],
                        'indexes': [models.Index(condition=models.Q(('gift_card__isnull', False)), fields=['gift_card'], name='order_line_of_gift_card')],
                    },
                ),
                migrations.CreateModel(
                    name='OrderEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('actor', models.CharField(max_length=150)),
                        ('what', models.CharField(choices=[('taken', 'Order taken'), ('pick', 'Picked'), ('unpick', 'Picking taken back'), ('pack', 'Packed'), ('unpack', 'Packing taken back'), ('requested', 'Delivery asked for'), ('invoiced', 'Invoiced'), ('failed', 'Delivery failed'), ('alert', 'Alert'), ('edited', 'Edited'), ('cancelled', 'Cancelled'), ('reversed', 'Delivery reversed')], max_length=10)),
                        ('data', models.JSONField(default=dict)),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='orders.salesorder')),
                    ],
                ),
                migrations.CreateModel(
                    name='PendingOrder',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('confirmation', models.CharField(max_length=60, unique=True)),
                        ('number', models.CharField(max_length=60)),
                        ('content', models.TextField()),
                        ('digest', models.UUIDField()),
                        ('channel', models.CharField(choices=[('api', 'Till or API'), ('web', 'Order desk'), ('import', 'Import')], max_length=6)),
                        ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('received_by', models.CharField(max_length=150)),
                        ('may_override', models.BooleanField(default=False)),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('created', 'Order created'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='waiting', max_length=9)),
                        ('held', models.BooleanField(default=False)),
                        ('attempts', models.PositiveIntegerField(default=0)),
                        ('tried_at', models.DateTimeField(blank=True, null=True)),
                        ('problems', models.JSONField(default=list)),
                        ('error_code', models.CharField(blank=True, default='', max_length=60)),
                        ('error_text', core.db.fields.MessageField(blank=True, null=True)),
                        ('version', models.PositiveIntegerField(default=1)),
                        ('order', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='handed_in', to='orders.salesorder')),
                        ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('legal_entity', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('held', False), ('state', 'waiting')), fields=['id'], name='pending_order_waiting'), models.Index(condition=models.Q(('state', 'failed')), fields=['store', 'id'], name='pending_order_failed')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('order__isnull', False), ('state', 'created')), models.Q(models.Q(('state', 'created'), _negated=True), ('order__isnull', True)), _connector='OR'), name='pending_order_created_with_order'), models.CheckConstraint(condition=models.Q(('held', False), ('state__in', ('waiting', 'failed')), _connector='OR'), name='done_is_not_held'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error_code', ''), _negated=True), _connector='OR'), name='pending_order_failed_with_code'), models.UniqueConstraint(condition=models.Q(('state', 'discarded'), _negated=True), fields=('number', 'legal_entity'), name='pending_order_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='PendingOrderEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('actor', models.CharField(max_length=150)),
                        ('what', models.CharField(choices=[('handed_in', 'Handed in'), ('created', 'Order created'), ('linked', 'Order was there already'), ('failed', 'Failed'), ('edited', 'Edited'), ('held', 'Held'), ('released', 'Released'), ('retried', 'Tried again'), ('discarded', 'Discarded')], max_length=9)),
                        ('data', models.JSONField(default=dict)),
                        ('pending', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='orders.pendingorder')),
                    ],
                ),
                migrations.CreateModel(
                    name='CustomerTransaction',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('date', models.DateField()),
                        ('amount', core.db.fields.MoneyField()),
                        ('text', models.CharField(blank=True, default='', max_length=200)),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='orders.customer')),
                        ('legal_entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['customer', 'legal_entity', 'date'], name='customer_transaction_by_date')],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id'), name='customer_transaction_once')],
                    },
                ),
                migrations.CreateModel(
                    name='ReservationChange',
                    fields=[
                        ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('ordinal', models.PositiveSmallIntegerField()),
                        ('before', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('reason', models.CharField(max_length=20)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('batch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to='inventory.batch')),
                        ('order_line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='orders.salesorderline')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['order_line', 'id'], name='reservation_change_of_line')],
                    },
                ),
                migrations.CreateModel(
                    name='GiftCard',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=60, unique=True)),
                        ('blocked', models.BooleanField(db_default=False, default=False)),
                    ],
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
        migrations.RunSQL(UNCHECKED, migrations.RunSQL.noop),
        migrations.RunSQL(PAYMENT_METHODS, migrations.RunSQL.noop),
    ]
