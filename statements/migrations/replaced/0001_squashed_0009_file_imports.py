"""Till transactions, their validation, statements and imported files."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels

FOLDER = Path(__file__).parent
GUARDS = (FOLDER / "guards.sql").read_text(encoding="utf-8")
GUARDS_REVERSE = (FOLDER / "guards_reverse.sql").read_text(encoding="utf-8")


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
    ]

    dependencies = [
        ('files', '0001_stored_files'),
        ('inventory', '0001_squashed_0009_figures_of_home'),
        ('jobs', '0001_squashed_0004_recurrences'),
        ('orders', '0001_squashed_0011_pending_orders'),
        ('parameters', '0001_squashed_0003_delivery_modes'),
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
                        ('error_text', models.TextField(blank=True, default='')),
                        ('attempts', models.PositiveIntegerField(default=0)),
                        ('work_state', models.CharField(blank=True, choices=[('', 'Idle'), ('queued', 'Queued'), ('running', 'Running')], default='', max_length=8)),
                        ('run_token', models.UUIDField(blank=True, null=True)),
                        ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                        ('transaction_count', models.PositiveIntegerField(default=0)),
                        ('line_count', models.PositiveIntegerField(default=0)),
                        ('total', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                        ('settings_snapshot', models.JSONField(default=dict)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('posted_at', models.DateTimeField(blank=True, null=True)),
                        ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='jobs.job')),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                        ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('work_state', ''), _negated=True), fields=['warehouse', 'business_date'], name='statement_in_work'), models.Index(condition=models.Q(('work_state', ''), _negated=True), fields=['job'], name='statement_of_job'), models.Index(fields=['business_date', 'number'], name='statement_by_date'), models.Index(condition=models.Q(('post_state', 'Posted'), _negated=True), fields=['store', 'business_date'], name='statement_open')],
                        'constraints': [models.UniqueConstraint(fields=('store', 'business_date', 'ordinal'), name='statement_once_per_day'), models.CheckConstraint(condition=models.Q(models.Q(('run_token__isnull', False), ('work_state', 'running')), models.Q(models.Q(('work_state', 'running'), _negated=True), ('run_token__isnull', True)), _connector='OR'), name='statement_running_has_token'), models.CheckConstraint(condition=models.Q(models.Q(('failed_state', ''), ('post_state', 'Posted'), ('posted_at__isnull', False)), models.Q(models.Q(('post_state', 'Posted'), _negated=True), ('posted_at__isnull', True)), _connector='OR'), name='statement_posted_with_time')],
                        'permissions': (('calculate_statement', 'Calculate statements'), ('post_statement', 'Post statements'), ('clear_statement', 'Clear statements'), ('import_data', 'Import data')),
                    },
                ),
                migrations.CreateModel(
                    name='PosTransaction',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('kind', models.CharField(choices=[('sale', 'Sale'), ('income', 'Income'), ('expense', 'Expense'), ('tender_declaration', 'Tender declaration'), ('float', 'Float entry'), ('removal', 'Tender removal'), ('bank_drop', 'Bank drop'), ('safe_drop', 'Safe drop')], max_length=20)),
                        ('sold_at', models.DateTimeField()),
                        ('business_date', models.DateField()),
                        ('customer_code', models.CharField(blank=True, default='', max_length=60)),
                        ('net', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('tax', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('total', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('header_discount', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                        ('header_paid', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                        ('header_item_count', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                        ('content_hash', models.UUIDField()),
                        ('validation_status', models.CharField(choices=[('none', 'Not validated'), ('valid', 'Successful'), ('error', 'Error')], default='none', max_length=6)),
                        ('imported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('currency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.currency')),
                        ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.customer')),
                        ('staff', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.staff')),
                        ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.store')),
                        ('terminal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.terminal')),
                        ('statement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='statements.statement')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('statement__isnull', True)), fields=['store', 'business_date'], name='pos_transaction_open'), models.Index(fields=['store', 'sold_at'], name='pos_transaction_sold_at'), models.Index(fields=['store', 'number'], name='pos_transaction_number', opclasses=('int8_ops', 'varchar_pattern_ops')), models.Index(fields=['business_date', 'id'], name='pos_transaction_by_date'), models.Index(condition=models.Q(('kind', 'sale'), _negated=True), fields=['kind', 'business_date', 'id'], name='pos_transaction_no_sale'), models.Index(condition=models.Q(('validation_status', 'valid'), _negated=True), fields=['validation_status', 'business_date', 'id'], name='pos_transaction_not_valid')],
                        'constraints': [models.UniqueConstraint(fields=('store', 'terminal', 'number'), name='pos_transaction_once')],
                        'permissions': (('validate_transactions', 'Validate transactions'), ('hold_transactions', 'Hold transactions')),
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
                        ('text', models.TextField(blank=True, default='')),
                        ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='statements.statement')),
                    ],
                ),
                migrations.CreateModel(
                    name='StatementLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('transaction_amount', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('counted_amount', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('difference', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('payment_method', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                        ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='statements.statement')),
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
                        ('message', models.TextField()),
                        ('transaction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='statements.postransaction')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['code'], name='validation_problem_code')],
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'line_number', 'code'), name='validation_problem_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='OrderReceipt',
                    fields=[
                        ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='order_receipt', serialize=False, to='statements.postransaction')),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='orders.salesorder')),
                    ],
                ),
                migrations.CreateModel(
                    name='PosPayment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('method', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.paymentmethod')),
                        ('transaction', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='statements.postransaction')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('transaction', 'number'), name='pos_payment_once')],
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
                        ('discount', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('net', models.DecimalField(decimal_places=2, max_digits=18)),
                        ('tax', models.DecimalField(decimal_places=2, max_digits=18)),
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
                    name='FileImport',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=30)),
                        ('file_name', models.CharField(max_length=200)),
                        ('digest', models.CharField(max_length=64)),
                        ('size', models.BigIntegerField()),
                        ('uploaded_at', models.DateTimeField(auto_now_add=True)),
                        ('preview', models.JSONField(default=dict)),
                        ('apply_job', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='applies_import', to='jobs.job')),
                        ('check_job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='checks_import', to='jobs.job')),
                        ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='imports', to='files.storedfile')),
                        ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='statements.fileimport')),
                        ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ('-id',),
                        'indexes': [models.Index(fields=['digest'], name='file_import_digest')],
                    },
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
        # Room in the pages: each statement is updated some ten times on its way to Posted.
        migrations.RunSQL("ALTER TABLE statements_statement SET (fillfactor = 40)", migrations.RunSQL.noop),
    ]
