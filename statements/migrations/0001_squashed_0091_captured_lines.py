"""POS transactions, their validation and versions, statements, counts, recalls."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.db.fields
from core.db.create_models import CreateModels

FOLDER = Path(__file__).parent
GUARDS = (FOLDER / "guards.sql").read_text(encoding="utf-8")
GUARDS_REVERSE = (FOLDER / "guards_reverse.sql").read_text(encoding="utf-8")
# Amounts that were numeric(18,2) once got no CHECK when their columns were widened (ADR 0019), so those of older databases have none.
UNCHECKED = """
ALTER TABLE statements_pospayment DROP CONSTRAINT statements_pospayment_amount_check;
ALTER TABLE statements_postransaction
    DROP CONSTRAINT statements_postransaction_header_discount_check,
    DROP CONSTRAINT statements_postransaction_header_paid_check,
    DROP CONSTRAINT statements_postransaction_net_check,
    DROP CONSTRAINT statements_postransaction_tax_check,
    DROP CONSTRAINT statements_postransaction_total_check;
ALTER TABLE statements_postransactionline
    DROP CONSTRAINT statements_postransactionline_discount_check,
    DROP CONSTRAINT statements_postransactionline_net_check,
    DROP CONSTRAINT statements_postransactionline_tax_check;
ALTER TABLE statements_statement DROP CONSTRAINT statements_statement_total_check;
ALTER TABLE statements_statementline
    DROP CONSTRAINT statements_statementline_counted_amount_check,
    DROP CONSTRAINT statements_statementline_difference_check,
    DROP CONSTRAINT statements_statementline_transaction_amount_check;
ALTER TABLE statements_tendercount
    DROP CONSTRAINT statements_tendercount_counted_check,
    DROP CONSTRAINT statements_tendercount_difference_check,
    DROP CONSTRAINT statements_tendercount_expected_check;
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('statements', '0001_initial'),
        ('statements', '0002_guards'),
        ('statements', '0003_room_for_updates'),
        ('statements', '0004_sold_at_index'),
        ('statements', '0005_rights'),
        ('statements', '0006_search_by_number'),
        ('statements', '0007_list_indexes'),
        ('statements', '0008_figures_of_home'),
        ('statements', '0009_file_imports'),
        ('statements', '0001_squashed_0009_file_imports'),
        ('statements', '0010_plain_names'),
        ('statements', '0011_money_and_counting'),
        ('statements', '0012_amounts_by_currency'),
        ('statements', '0013_problems_as_data'),
        ('statements', '0014_gift_cards'),
        ('statements', '0015_transaction_versions'),
        ('statements', '0016_corrections'),
        ('statements', '0017_late_documents'),
        ('statements', '0018_errors_as_messages'),
        ('statements', '0025_sales_of_debts'),
        ('statements', '0030_reversals'),
        ('statements', '0035_causes'),
        ('statements', '0050_recalls'),
        ('statements', '0055_reasons_as_messages'),
        ('statements', '0056_recall_guards'),
        ('statements', '0061_indexes_without_states'),
        ('statements', '0065_on_account_payments'),
        ('statements', '0066_indexes_once'),
        ('statements', '0070_gift_cards_of_orders'),
        ('statements', '0080_statement_kinds'),
        ('statements', '0081_counts_kept'),
        ('statements', '0085_late_documents'),
        ('statements', '0090_fallback_approvals'),
        ('statements', '0091_captured_lines'),
    ]

    dependencies = [
        ('inventory', '0001_squashed_0095_room_in_cost_rows'),
        ('jobs', '0001_squashed_0040_signs_of_life'),
        ('ledger', '0001_squashed_0085_stock_periods'),
        ('orders', '0001_squashed_0080_statement_model'),
        ('parameters', '0001_squashed_0090_fallback_share'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='Statement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=70, unique=True)),
                        ('business_date', models.DateField()),
                        ('ordinal', models.PositiveIntegerField()),
                        ('calc_state', models.CharField(max_length=12)),
                        ('post_state', models.CharField(blank=True, default='', max_length=25)),
                        ('failed_state', models.CharField(blank=True, default='', max_length=25)),
                        ('error_code', models.CharField(blank=True, default='', max_length=60)),
                        ('error_text', core.db.fields.MessageField(blank=True, null=True)),
                        ('attempts', models.PositiveIntegerField(default=0)),
                        ('work_state', models.CharField(blank=True, choices=[('', 'Idle'), ('queued', 'Queued'), ('running', 'Running')], default='', max_length=8)),
                        ('run_token', models.UUIDField(blank=True, null=True)),
                        ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                        ('transaction_count', models.PositiveIntegerField(default=0)),
                        ('line_count', models.PositiveIntegerField(default=0)),
                        ('total', core.db.fields.MoneyField(default=0)),
                        ('settings_snapshot', models.JSONField(default=dict)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('posted_at', models.DateTimeField(blank=True, null=True)),
                        ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='jobs.job')),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                        ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('posting_date', models.DateField(blank=True, null=True)),
                        ('reversal', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.reversal')),
                        ('captured_count', models.PositiveIntegerField(db_default=0, default=0)),
                        ('kind', models.CharField(choices=[('combined', 'Combined'), ('transactional', 'Transactional'), ('financial', 'Financial')], db_default='combined', default='combined', max_length=13)),
                        ('shift', models.PositiveIntegerField(blank=True, null=True)),
                        ('terminal', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.terminal')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['business_date', 'number'], name='statement_by_date'), models.Index(condition=models.Q(('posted_at__isnull', True)), fields=['warehouse', 'business_date'], name='statement_in_work'), models.Index(condition=models.Q(('posted_at__isnull', True)), fields=['store', 'business_date'], name='statement_open'), models.Index(condition=models.Q(('posted_at__isnull', True)), fields=['job'], name='statement_of_job')],
                        'constraints': [models.UniqueConstraint(fields=('store', 'business_date', 'ordinal'), name='statement_once_per_day'), models.CheckConstraint(condition=models.Q(models.Q(('run_token__isnull', False), ('work_state', 'running')), models.Q(models.Q(('work_state', 'running'), _negated=True), ('run_token__isnull', True)), _connector='OR'), name='statement_running_has_token'), models.CheckConstraint(condition=models.Q(models.Q(('failed_state', ''), ('post_state', 'Posted'), ('posted_at__isnull', False)), models.Q(models.Q(('post_state', 'Posted'), _negated=True), ('posted_at__isnull', True)), _connector='OR'), name='statement_posted_with_time'), models.CheckConstraint(condition=models.Q(('reversal__isnull', True), ('post_state', 'Posted'), _connector='OR'), name='reversed_statement_was_posted'), models.CheckConstraint(condition=models.Q(models.Q(('shift__isnull', True), ('terminal__isnull', True)), models.Q(('kind', 'financial'), ('shift__isnull', False), ('terminal__isnull', False)), _connector='OR'), name='statement_of_a_shift_is_financial')],
                        'permissions': (('calculate_statement', 'Calculate statements'), ('post_statement', 'Post statements'), ('clear_statement', 'Clear statements'), ('reverse_statement', 'Reverse what is posted'), ('accept_difference', 'Accept counted differences'), ('import_data', 'Import data')),
                    },
                ),
                migrations.CreateModel(
                    name='PosTransaction',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('kind', models.CharField(choices=[('sale', 'Sale'), ('income', 'Income'), ('expense', 'Expense'), ('tender_declaration', 'Tender declaration'), ('start_amount', 'Start amount'), ('float', 'Float entry'), ('removal', 'Tender removal'), ('bank_drop', 'Bank drop'), ('safe_drop', 'Safe drop'), ('shift_open', 'Shift opened'), ('shift_close', 'Shift closed'), ('payment', 'Payment on account')], max_length=20)),
                        ('sold_at', models.DateTimeField()),
                        ('business_date', models.DateField()),
                        ('customer_code', models.CharField(blank=True, default='', max_length=60)),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('total', core.db.fields.MoneyField()),
                        ('header_discount', core.db.fields.MoneyField(blank=True, null=True)),
                        ('header_paid', core.db.fields.MoneyField(blank=True, null=True)),
                        ('header_item_count', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                        ('content_hash', models.UUIDField()),
                        ('validation_status', models.CharField(choices=[('none', 'Not validated'), ('valid', 'Successful'), ('error', 'Error'), ('discarded', 'Discarded'), ('reversed', 'Reversed')], default='none', max_length=9)),
                        ('imported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('currency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.currency')),
                        ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.customer')),
                        ('staff', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.staff')),
                        ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('terminal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.terminal')),
                        ('statement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='statements.statement')),
                        ('shift', models.PositiveIntegerField(blank=True, null=True)),
                        ('reversal', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.reversal')),
                        ('day_posted_at', models.DateTimeField(blank=True, null=True)),
                        ('counted_on', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='statements.statement')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('statement__isnull', True)), fields=['store', 'business_date'], name='pos_transaction_open'), models.Index(fields=['store', 'sold_at'], name='pos_transaction_sold_at'), models.Index(fields=['store', 'number'], name='pos_transaction_number', opclasses=('int8_ops', 'varchar_pattern_ops')), models.Index(fields=['business_date', 'id'], name='pos_transaction_by_date'), models.Index(condition=models.Q(('kind', 'sale'), _negated=True), fields=['kind', 'business_date', 'id'], name='pos_transaction_no_sale'), models.Index(condition=models.Q(('validation_status', 'valid'), _negated=True), fields=['validation_status', 'business_date', 'id'], name='pos_transaction_not_valid'), models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer'], name='pos_transaction_customer'), models.Index(condition=models.Q(('day_posted_at__isnull', False)), fields=['business_date', 'id'], name='pos_transaction_late'), models.Index(condition=models.Q(('counted_on__isnull', True)), fields=['store', 'business_date'], name='pos_transaction_uncounted'), models.Index(condition=models.Q(('counted_on__isnull', False)), fields=['counted_on'], name='pos_transaction_counted')],
                        'constraints': [models.UniqueConstraint(fields=('store', 'terminal', 'number', 'reversal'), name='pos_transaction_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('reversal__isnull', True), models.Q(('validation_status', 'reversed'), _negated=True)), models.Q(('reversal__isnull', False), ('statement__isnull', False), ('validation_status', 'reversed')), _connector='OR'), name='reversed_transaction_was_posted')],
                        'permissions': (('validate_transactions', 'Validate transactions'), ('hold_transactions', 'Hold transactions'), ('correct_transactions', 'Correct transactions'), ('count_tender', 'Count tenders')),
                    },
                ),
                migrations.CreateModel(
                    name='StatementEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('event', models.CharField(max_length=20)),
                        ('state', models.CharField(blank=True, default='', max_length=25)),
                        ('actor', models.CharField(blank=True, default='', max_length=150)),
                        ('text', core.db.fields.MessageField(blank=True, null=True)),
                        ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='statements.statement')),
                    ],
                ),
                migrations.CreateModel(
                    name='StatementLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('transaction_amount', core.db.fields.MoneyField()),
                        ('counted_amount', core.db.fields.MoneyField()),
                        ('difference', core.db.fields.MoneyField()),
                        ('payment_method', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                        ('statement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='statements.statement')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('statement', 'payment_method'), name='statement_line_once'), models.CheckConstraint(condition=models.Q(('difference', django.db.models.expressions.CombinedExpression(models.F('counted_amount'), '-', models.F('transaction_amount')))), name='statement_difference_adds_up')],
                    },
                ),
                migrations.CreateModel(
                    name='ValidationProblem',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('line_number', models.PositiveIntegerField(null=True)),
                        ('code', models.CharField(max_length=40)),
                        ('severity', models.CharField(choices=[('error', 'Error'), ('warning', 'Warning')], max_length=10)),
                        ('transaction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='statements.postransaction')),
                        ('variant', models.CharField(blank=True, max_length=30)),
                        ('params', models.JSONField(default=dict)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['code'], name='validation_problem_code')],
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'line_number', 'code'), name='validation_problem_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='PosPayment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('amount', core.db.fields.MoneyField()),
                        ('method', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                        ('transaction', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='statements.postransaction')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'number'), name='pos_payment_once')],
                        'indexes': [models.Index(condition=models.Q(('method', 'on_account')), fields=['transaction'], name='pos_payment_on_account')],
                    },
                ),
                migrations.CreateModel(
                    name='PosTransactionLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('item_code', models.CharField(max_length=60)),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('stock_quantity', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                        ('price', models.DecimalField(decimal_places=6, max_digits=18)),
                        ('discount', core.db.fields.MoneyField()),
                        ('net', core.db.fields.MoneyField()),
                        ('tax', core.db.fields.MoneyField()),
                        ('batch_number', models.CharField(blank=True, default='', max_length=60)),
                        ('voided', models.BooleanField(default=False)),
                        ('return_store', models.CharField(blank=True, default='', max_length=60)),
                        ('return_terminal', models.CharField(blank=True, default='', max_length=60)),
                        ('return_number', models.CharField(blank=True, default='', max_length=60)),
                        ('return_line', models.PositiveIntegerField(null=True)),
                        ('batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('return_of', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='statements.postransactionline')),
                        ('transaction', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='statements.postransaction')),
                        ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.unit')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('return_of__isnull', False)), fields=['return_of'], name='pos_line_return_of')],
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'number'), name='pos_transaction_line_once')],
                    },
                ),
                migrations.CreateModel(
                    name='OrderTransaction',
                    fields=[
                        ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='order_receipt', serialize=False, to='statements.postransaction')),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='orders.salesorder')),
                    ],
                    options={
                        'db_table': 'statements_orderreceipt',
                    },
                ),
                migrations.CreateModel(
                    name='TenderCount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('shift', models.PositiveIntegerField(null=True)),
                        ('expected', core.db.fields.MoneyField()),
                        ('counted', core.db.fields.MoneyField()),
                        ('difference', core.db.fields.MoneyField()),
                        ('payment_method', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                        ('staff', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.staff')),
                        ('statement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='counts', to='statements.statement')),
                        ('terminal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.terminal')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('statement', 'terminal', 'shift', 'staff', 'payment_method'), name='tender_count_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='GiftCardMovement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('amount', core.db.fields.MoneyField()),
                        ('line_number', models.PositiveIntegerField(null=True)),
                        ('payment_number', models.PositiveIntegerField(null=True)),
                        ('card', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='orders.giftcard')),
                        ('transaction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='gift_card_movements', to='statements.postransaction')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'line_number', 'payment_number'), name='gift_card_movement_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='TransactionVersion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('way', models.CharField(choices=[('replaced', 'Replaced'), ('corrected', 'Corrected')], max_length=10)),
                        ('content', models.JSONField()),
                        ('changes', models.JSONField()),
                        ('reason', core.db.fields.MessageField()),
                        ('actor', models.CharField(max_length=150)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('transaction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='statements.postransaction')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'number'), name='transaction_version_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Recall',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('from_date', models.DateField(blank=True, null=True)),
                        ('through_date', models.DateField(blank=True, null=True)),
                        ('is_mock', models.BooleanField(default=False)),
                        ('actor', models.CharField(max_length=150)),
                        ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('done_at', models.DateTimeField(blank=True, null=True)),
                        ('seconds', models.DecimalField(decimal_places=3, default=0, max_digits=9)),
                        ('certain', models.PositiveIntegerField(default=0)),
                        ('probable', models.PositiveIntegerField(default=0)),
                        ('possible', models.PositiveIntegerField(default=0)),
                        ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('job', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['asked_at', 'id'], name='recall_by_time')],
                    },
                ),
                migrations.CreateModel(
                    name='RecallLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('certainty', models.PositiveSmallIntegerField()),
                        ('reason', models.CharField(max_length=20)),
                        ('terminal', models.CharField(blank=True, max_length=60)),
                        ('document', models.CharField(max_length=80)),
                        ('line_number', models.PositiveIntegerField()),
                        ('customer_code', models.CharField(blank=True, max_length=60)),
                        ('batch_number', models.CharField(blank=True, max_length=60)),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('business_date', models.DateField()),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('recall', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='statements.recall')),
                        ('store', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['recall', 'certainty', 'id'], name='recall_line_by_certainty')],
                    },
                ),
                migrations.CreateModel(
                    name='CauseHandling',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('area', models.CharField(max_length=12)),
                        ('company', models.CharField(blank=True, max_length=60)),
                        ('code', models.CharField(max_length=40)),
                        ('subject', models.JSONField(default=list)),
                        ('snoozed_until', models.DateField(blank=True, null=True)),
                        ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('area', 'company', 'code', 'subject'), name='cause_handled_once')],
                    },
                ),
                migrations.CreateModel(
                    name='CauseNote',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('actor', models.CharField(max_length=150)),
                        ('text', models.TextField()),
                        ('handling', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='statements.causehandling')),
                    ],
                ),
                migrations.CreateModel(
                    name='FallbackApproval',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('note', models.CharField(max_length=200)),
                        ('actor', models.CharField(max_length=150)),
                        ('approved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('statement', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='fallback_approval', to='statements.statement')),
                    ],
                ),
                migrations.CreateModel(
                    name='AcceptedDifference',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('counted', models.JSONField()),
                        ('note', models.TextField()),
                        ('actor', models.CharField(max_length=150)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='acceptances', to='statements.statement')),
                    ],
                ),
                migrations.CreateModel(
                    name='CountedDenomination',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('value', core.db.fields.MoneyField()),
                        ('pieces', models.PositiveIntegerField()),
                        ('transaction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='denominations', to='statements.postransaction')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'value'), name='counted_denomination_once'), models.CheckConstraint(condition=models.Q(('pieces__gt', 0), ('value__gt', 0)), name='counted_denomination_is_there')],
                    },
                ),
                migrations.CreateModel(
                    name='ZReport',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('business_date', models.DateField()),
                        ('shift', models.PositiveIntegerField(blank=True, null=True)),
                        ('figures', models.JSONField()),
                        ('actor', models.CharField(max_length=150)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('terminal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.terminal')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('terminal', 'business_date', 'shift'), name='z_report_once', nulls_distinct=False)],
                    },
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
        migrations.RunSQL(UNCHECKED, migrations.RunSQL.noop),
        # Room in the pages: each statement is updated some ten times on its way to Posted.
        migrations.RunSQL("ALTER TABLE statements_statement SET (fillfactor = 40)", migrations.RunSQL.noop),
    ]
