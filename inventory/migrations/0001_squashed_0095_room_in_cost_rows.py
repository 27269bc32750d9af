"""Places, items and their groups, batches, stock and its movements, journals, debt and credit of default batches, cost."""

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
DISPOSITIONS = """
INSERT INTO inventory_disposition (code, name, blocks_sale)
VALUES ('available', 'Available', false), ('blocked', 'Blocked', true), ('inspect', 'To be inspected', true)
"""
# Amounts that were numeric(18,2) once got no CHECK when their columns were widened (ADR 0019), so those of older databases have none.
UNCHECKED = """
ALTER TABLE inventory_costadjustment DROP CONSTRAINT inventory_costadjustment_amount_check;
ALTER TABLE inventory_inventorytransaction DROP CONSTRAINT inventory_inventorytransaction_cost_amount_check;
ALTER TABLE inventory_warehouseitemcost DROP CONSTRAINT inventory_warehouseitemcost_value_check;
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('inventory', '0001_initial'),
        ('inventory', '0002_guards'),
        ('inventory', '0003_dispositions'),
        ('inventory', '0004_room_for_updates'),
        ('inventory', '0005_sites_per_legal_entity'),
        ('inventory', '0006_master_data_records'),
        ('inventory', '0007_search_by_number'),
        ('inventory', '0008_list_indexes'),
        ('inventory', '0009_figures_of_home'),
        ('inventory', '0001_squashed_0009_figures_of_home'),
        ('inventory', '0010_default_batch'),
        ('inventory', '0011_money_and_counting'),
        ('inventory', '0012_stock_and_cost'),
        ('inventory', '0013_amounts_by_currency'),
        ('inventory', '0014_receipts_by_company'),
        ('inventory', '0015_receipt_of_delivery'),
        ('inventory', '0020_journals'),
        ('inventory', '0021_lists_of_receipts'),
        ('inventory', '0025_batch_debt_settlements'),
        ('inventory', '0030_uses_of_debt_and_credit'),
        ('inventory', '0050_reserved_changes'),
        ('inventory', '0065_lean_stock'),
        ('inventory', '0066_indexes_once'),
        ('inventory', '0070_barcodes'),
        ('inventory', '0071_averaged_after'),
        ('inventory', '0095_room_in_cost_rows'),
    ]

    dependencies = [
        ('access', '0001_squashed_0090_actions_of_watch'),
        ('parameters', '0001_squashed_0090_fallback_share'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='Disposition',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('blocks_sale', models.BooleanField(default=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='ItemGroup',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='ItemModelGroup',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('negative_physical', models.BooleanField(default=False, verbose_name='Physical negative inventory')),
                        ('negative_financial', models.BooleanField(default=False, verbose_name='Financial negative inventory')),
                        ('allocation_policy', models.CharField(choices=[('fefo', 'First expired, first out'), ('fifo', 'First in, first out'), ('lifo', 'Last in, first out'), ('batch_number', 'Lowest batch number')], default='fefo', max_length=15)),
                        ('costing_method', models.CharField(choices=[('standard', 'Standard cost'), ('moving_average', 'Moving average per warehouse')], default='standard', max_length=15)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='StorageGroup',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('wms_enabled', models.BooleanField(default=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='TrackingGroup',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('batch_active', models.BooleanField(default=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='HistoricalDisposition',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('blocks_sale', models.BooleanField(default=False)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'verbose_name': 'historical disposition',
                        'verbose_name_plural': 'historical dispositions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalItemModelGroup',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('negative_physical', models.BooleanField(default=False, verbose_name='Physical negative inventory')),
                        ('negative_financial', models.BooleanField(default=False, verbose_name='Financial negative inventory')),
                        ('allocation_policy', models.CharField(choices=[('fefo', 'First expired, first out'), ('fifo', 'First in, first out'), ('lifo', 'Last in, first out'), ('batch_number', 'Lowest batch number')], default='fefo', max_length=15)),
                        ('costing_method', models.CharField(choices=[('standard', 'Standard cost'), ('moving_average', 'Moving average per warehouse')], default='standard', max_length=15)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'verbose_name': 'historical item model group',
                        'verbose_name_plural': 'historical item model groups',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='Item',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('shelf_life_days', models.PositiveIntegerField(blank=True, null=True)),
                        ('standard_cost', models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                        ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.unit')),
                        ('item_group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.itemgroup')),
                        ('model_group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.itemmodelgroup')),
                        ('storage_group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.storagegroup')),
                        ('tracking_group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.trackinggroup')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('kind', models.CharField(choices=[('stocked', 'Stocked goods'), ('gift_card', 'Gift card'), ('service', 'Service')], db_default='stocked', default='stocked', max_length=9)),
                        ('barcode', models.CharField(blank=True, db_default='', default='', max_length=60)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('standard_cost__gte', 0)), name='standard_cost_not_negative'), models.UniqueConstraint(condition=models.Q(('barcode', ''), _negated=True), fields=('barcode',), name='barcode_of_one_item')],
                    },
                ),
                migrations.CreateModel(
                    name='Batch',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('manufactured_on', models.DateField(blank=True, null=True)),
                        ('expires_on', models.DateField(blank=True, null=True)),
                        ('best_before', models.DateField(blank=True, null=True)),
                        ('is_default_batch', models.BooleanField(default=False)),
                        ('disposition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.disposition')),
                        ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                    ],
                    options={
                        'verbose_name_plural': 'batches',
                        'indexes': [models.Index(fields=['number'], name='batch_number_search', opclasses=('varchar_pattern_ops',)), models.Index(fields=['expires_on', 'id'], name='batch_expires_on')],
                        'constraints': [models.UniqueConstraint(fields=('item', 'number'), name='batch_once_per_item')],
                    },
                ),
                migrations.CreateModel(
                    name='Site',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('legal_entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('legal_entity', 'code'), name='site_once_per_legal_entity')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalWarehouse',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('wms_enabled', models.BooleanField(default=False, verbose_name='Use warehouse management processes')),
                        ('store_negative_physical', models.BooleanField(default=False, verbose_name='Store: physical negative inventory')),
                        ('store_negative_financial', models.BooleanField(default=False, verbose_name='Store: financial negative inventory')),
                        ('location_plate_controlled', models.BooleanField(default=False, verbose_name='Default issue location is license plate controlled')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                        ('site', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.site')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'verbose_name': 'historical warehouse',
                        'verbose_name_plural': 'historical warehouses',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalItem',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('shelf_life_days', models.PositiveIntegerField(blank=True, null=True)),
                        ('standard_cost', models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.unit')),
                        ('item_group', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.itemgroup')),
                        ('model_group', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.itemmodelgroup')),
                        ('storage_group', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.storagegroup')),
                        ('tracking_group', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.trackinggroup')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('kind', models.CharField(choices=[('stocked', 'Stocked goods'), ('gift_card', 'Gift card'), ('service', 'Service')], db_default='stocked', default='stocked', max_length=9)),
                        ('barcode', models.CharField(blank=True, db_default='', default='', max_length=60)),
                    ],
                    options={
                        'verbose_name': 'historical item',
                        'verbose_name_plural': 'historical items',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='UnitConversion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('factor', models.DecimalField(decimal_places=6, max_digits=18)),
                        ('from_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parameters.unit')),
                        ('item', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('to_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parameters.unit')),
                        ('denominator', models.DecimalField(db_default=1, decimal_places=6, default=1, max_digits=18)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('item', 'from_unit', 'to_unit'), name='unit_conversion_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('denominator__gt', 0), ('factor__gt', 0)), name='unit_conversion_positive')],
                    },
                ),
                migrations.CreateModel(
                    name='Warehouse',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('wms_enabled', models.BooleanField(default=False, verbose_name='Use warehouse management processes')),
                        ('store_negative_physical', models.BooleanField(default=False, verbose_name='Store: physical negative inventory')),
                        ('store_negative_financial', models.BooleanField(default=False, verbose_name='Store: financial negative inventory')),
                        ('location_plate_controlled', models.BooleanField(default=False, verbose_name='Default issue location is license plate controlled')),
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                        ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.site')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                ),
                migrations.CreateModel(
                    name='ReceiptLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('receipt', models.CharField(max_length=60)),
                        ('line_number', models.PositiveIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('unit_cost', models.DecimalField(decimal_places=6, max_digits=18)),
                        ('received_at', models.DateTimeField()),
                        ('content_hash', models.UUIDField()),
                        ('registered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('batch', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('legal_entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='receipt_quantity_positive'), models.CheckConstraint(condition=models.Q(('unit_cost__gte', 0)), name='receipt_cost_not_negative'), models.UniqueConstraint(fields=('receipt', 'line_number', 'legal_entity'), name='receipt_line_once')],
                        'indexes': [models.Index(fields=['item', 'received_at'], name='receipt_line_of_delivery'), models.Index(fields=['received_at', 'id'], name='receipt_line_newest'), models.Index(fields=['warehouse', 'received_at', 'id'], name='receipt_line_place'), models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='receipt_line_batch')],
                    },
                ),
                migrations.CreateModel(
                    name='OnHand',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('physical', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('reserved', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('negative_allowed', models.BooleanField(default=False)),
                        ('first_received_at', models.DateTimeField(blank=True, null=True)),
                        ('batch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('is_default', models.BooleanField(db_default=False, default=False)),
                        ('open_credit', models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=18)),
                        ('open_debt', models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=18)),
                    ],
                    options={
                        'verbose_name_plural': 'on-hand',
                        'indexes': [models.Index(condition=models.Q(('negative_allowed', True)), fields=['warehouse', 'item'], name='on_hand_may_be_negative')],
                        'constraints': [models.UniqueConstraint(fields=('warehouse', 'item', 'batch'), name='on_hand_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('physical__gte', 0), ('negative_allowed', True), _connector='OR'), name='on_hand_not_negative'), models.CheckConstraint(condition=models.Q(('reserved__gte', 0)), name='reserved_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('open_credit__gte', 0), ('open_debt', 0)), models.Q(('open_credit', 0), ('open_debt__gte', 0)), _connector='OR'), name='debt_or_credit_never_both'), models.CheckConstraint(condition=models.Q(models.Q(('is_default', False), ('open_credit', 0), ('open_debt', 0)), models.Q(('is_default', True), ('physical', django.db.models.expressions.CombinedExpression(models.F('open_credit'), '-', models.F('open_debt')))), _connector='OR'), name='default_batch_is_credit_less_debt')],
                    },
                ),
                migrations.CreateModel(
                    name='InventoryTransaction',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('date', models.DateField()),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('cost_amount', core.db.fields.MoneyField()),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['item', 'warehouse', 'id'], name='inventory_transaction_item'), models.Index(fields=['date', 'id'], name='inventory_transaction_by_date'), models.Index(fields=['warehouse', 'date', 'id'], name='inventory_transaction_place')],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id', 'batch'), name='inventory_transaction_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='BatchDebt',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('open_quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('business_date', models.DateField()),
                        ('unit_cost', models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                        ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('reason', models.CharField(blank=True, db_default='', default='', max_length=20)),
                        ('sold_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('open_quantity__gt', 0)), fields=['warehouse', 'item'], include=('open_quantity', 'unit_cost', 'business_date'), name='batch_debt_open'), models.Index(fields=['warehouse', 'business_date'], name='batch_debt_day'), models.Index(condition=models.Q(('open_quantity__gt', 0)), fields=['business_date', 'id'], name='batch_debt_oldest')],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id'), name='batch_debt_once'), models.CheckConstraint(condition=models.Q(('open_quantity__gte', 0), ('open_quantity__lte', models.F('quantity'))), name='batch_debt_open_in_range')],
                    },
                ),
                migrations.CreateModel(
                    name='WarehouseItemCost',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('unit_cost', models.DecimalField(decimal_places=12, max_digits=24)),
                        ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                        ('moving_average', models.BooleanField(default=False)),
                        ('quantity', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                        ('value', core.db.fields.MoneyField(default=0)),
                        ('averaged_after', models.BigIntegerField(db_default=0, default=0)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('warehouse', 'item'), name='item_cost_once')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalBatch',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('manufactured_on', models.DateField(blank=True, null=True)),
                        ('expires_on', models.DateField(blank=True, null=True)),
                        ('best_before', models.DateField(blank=True, null=True)),
                        ('is_default_batch', models.BooleanField(default=False)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('disposition', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.disposition')),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('item', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.item')),
                    ],
                    options={
                        'verbose_name': 'historical batch',
                        'verbose_name_plural': 'historical batches',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalItemGroup',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical item group',
                        'verbose_name_plural': 'historical item groups',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalSite',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('legal_entity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.legalentity')),
                    ],
                    options={
                        'verbose_name': 'historical site',
                        'verbose_name_plural': 'historical sites',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalStorageGroup',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('wms_enabled', models.BooleanField(default=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical storage group',
                        'verbose_name_plural': 'historical storage groups',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalTrackingGroup',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('batch_active', models.BooleanField(default=False)),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical tracking group',
                        'verbose_name_plural': 'historical tracking groups',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalUnitConversion',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('factor', models.DecimalField(decimal_places=6, max_digits=18)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('from_unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.unit')),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('item', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inventory.item')),
                        ('to_unit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='parameters.unit')),
                        ('denominator', models.DecimalField(db_default=1, decimal_places=6, default=1, max_digits=18)),
                    ],
                    options={
                        'verbose_name': 'historical unit conversion',
                        'verbose_name_plural': 'historical unit conversions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
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
                        ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('open_quantity__gt', 0)), fields=['warehouse', 'item'], name='batch_credit_open')],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id', 'batch'), name='batch_credit_once'), models.CheckConstraint(condition=models.Q(('open_quantity__gte', 0), ('open_quantity__lte', models.F('quantity'))), name='batch_credit_open_in_range')],
                    },
                ),
                migrations.CreateModel(
                    name='CostAdjustment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('date', models.DateField()),
                        ('reason', models.CharField(choices=[('standard_changed', 'The standard cost or the costing method changed'), ('issued_below_zero', 'Goods came in for what was issued below zero'), ('returned_at_its_cost', 'Goods came back at the cost that they left with'), ('reversed_at_its_cost', 'A posting was reversed at the cost that it was made with'), ('receipt_corrected', 'Goods of a receipt went out again at what they had cost'), ('transferred', 'Goods came from another warehouse at the cost that they left it with')], max_length=20)),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('unit_cost', models.DecimalField(decimal_places=12, max_digits=24)),
                        ('amount', core.db.fields.MoneyField()),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                ),
                migrations.CreateModel(
                    name='DefaultStockUse',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('source_kind', models.PositiveSmallIntegerField()),
                        ('source_id', models.BigIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('business_date', models.DateField()),
                        ('credit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='inventory.batchcredit')),
                        ('debt', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='inventory.batchdebt')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['source_kind', 'source_id'], name='default_stock_use_of_line')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('credit__isnull', False), ('debt__isnull', True)), models.Q(('credit__isnull', True), ('debt__isnull', False)), _connector='OR'), name='default_stock_use_of_one'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='default_stock_use_positive')],
                    },
                ),
                migrations.CreateModel(
                    name='Journal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.CharField(max_length=60)),
                        ('actor', models.CharField(max_length=150)),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('legal_entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['legal_entity', '-posted_at', '-id'], name='journal_newest')],
                        'constraints': [models.UniqueConstraint(fields=('number', 'legal_entity'), name='journal_once')],
                    },
                ),
                migrations.CreateModel(
                    name='JournalLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('line_number', models.PositiveIntegerField()),
                        ('kind', models.CharField(choices=[('adjustment', 'Adjustment'), ('count', 'Count'), ('transfer', 'Transfer'), ('write_off', 'Write-off'), ('supplier_return', 'Return to the supplier'), ('receipt_correction', 'Correction of a receipt')], max_length=20)),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('change', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('cost_amount', core.db.fields.MoneyField(default=0)),
                        ('date', models.DateField()),
                        ('reason', models.CharField(max_length=200)),
                        ('content_hash', models.UUIDField()),
                        ('actor', models.CharField(max_length=150)),
                        ('posted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.item')),
                        ('journal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='inventory.journal')),
                        ('receipt_line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='inventory.receiptline')),
                        ('to_warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('journal', 'line_number'), name='journal_line_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'transfer'), ('to_warehouse__isnull', False)), models.Q(models.Q(('kind', 'transfer'), _negated=True), ('to_warehouse', None)), _connector='OR'), name='journal_line_to_warehouse'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'receipt_correction'), ('receipt_line__isnull', False)), models.Q(models.Q(('kind', 'receipt_correction'), _negated=True), ('receipt_line', None)), _connector='OR'), name='journal_line_receipt')],
                    },
                ),
                migrations.CreateModel(
                    name='ReservedChange',
                    fields=[
                        ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('before', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('on_hand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='inventory.onhand')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['on_hand', 'id'], name='reserved_change_of_row')],
                    },
                ),
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
                        ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='inventory.debtsettlement')),
                        ('warehouse', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['date', 'id'], name='settlement_by_date')],
                        'constraints': [models.UniqueConstraint(fields=('warehouse', 'ordinal'), name='settlement_once')],
                    },
                ),
                migrations.CreateModel(
                    name='DebtSettlementLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('line_number', models.PositiveIntegerField()),
                        ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                        ('cost_amount', core.db.fields.MoneyField()),
                        ('credit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batchcredit')),
                        ('debt', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batchdebt')),
                        ('settlement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.debtsettlement')),
                        ('to_batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('debt__isnull', False)), fields=['debt'], name='settlement_line_debt'), models.Index(condition=models.Q(('credit__isnull', False)), fields=['credit'], name='settlement_line_credit')],
                        'constraints': [models.UniqueConstraint(fields=('settlement', 'line_number'), name='settlement_line_once'), models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='settlement_line_moves'), models.CheckConstraint(condition=models.Q(models.Q(('credit__isnull', True), ('debt__isnull', False)), models.Q(('credit__isnull', False), ('debt__isnull', True)), _connector='OR'), name='settlement_line_of_debt_or_credit')],
                    },
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
        migrations.RunSQL(UNCHECKED, migrations.RunSQL.noop),
        # Room in the pages, so that posting's updates stay in the page and touch no index.
        migrations.RunSQL("ALTER TABLE inventory_onhand SET (fillfactor = 60)", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE inventory_warehouseitemcost SET (fillfactor = 50)", migrations.RunSQL.noop),
        migrations.RunSQL(DISPOSITIONS, migrations.RunSQL.noop),
    ]
