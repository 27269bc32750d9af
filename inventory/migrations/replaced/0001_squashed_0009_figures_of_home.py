"""Places, items and their groups, batches, stock and its movements, batch debt."""

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
# Those that exist from the start.
DISPOSITIONS = """
INSERT INTO inventory_disposition (code, name, blocks_sale)
VALUES ('available', 'Available', false), ('blocked', 'Blocked', true), ('inspect', 'To be inspected', true)
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
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('standard_cost__gte', 0)), name='standard_cost_not_negative')],
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
                        ('is_placeholder', models.BooleanField(default=False)),
                        ('disposition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.disposition')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
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
                        ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='parameters.legalentity')),
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
                        ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('to_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parameters.unit')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('item', 'from_unit', 'to_unit'), name='unit_conversion_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('factor__gt', 0)), name='unit_conversion_positive')],
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
                        ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('receipt', 'line_number'), name='receipt_line_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='receipt_quantity_positive'), models.CheckConstraint(condition=models.Q(('unit_cost__gte', 0)), name='receipt_cost_not_negative')],
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
                        ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='inventory.batch')),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'verbose_name_plural': 'on-hand',
                        'indexes': [models.Index(condition=models.Q(('negative_allowed', True)), fields=['warehouse', 'item'], name='on_hand_may_be_negative')],
                        'constraints': [models.UniqueConstraint(fields=('warehouse', 'item', 'batch'), name='on_hand_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('physical__gte', 0), ('negative_allowed', True), _connector='OR'), name='on_hand_not_negative'), models.CheckConstraint(condition=models.Q(('reserved__gte', 0)), name='reserved_not_negative')],
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
                        ('cost_amount', models.DecimalField(decimal_places=2, max_digits=18)),
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
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('open_quantity__gt', 0)), fields=['warehouse', 'item'], include=('open_quantity', 'unit_cost', 'business_date'), name='batch_debt_open'), models.Index(fields=['warehouse', 'business_date'], name='batch_debt_day')],
                        'constraints': [models.UniqueConstraint(fields=('source_kind', 'source_id'), name='batch_debt_once'), models.CheckConstraint(condition=models.Q(('open_quantity__gte', 0), ('open_quantity__lte', models.F('quantity'))), name='batch_debt_open_in_range')],
                    },
                ),
                migrations.CreateModel(
                    name='WarehouseItemCost',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('unit_cost', models.DecimalField(decimal_places=6, max_digits=18)),
                        ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.item')),
                        ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='inventory.warehouse')),
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
                        ('is_placeholder', models.BooleanField(default=False)),
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
                    ],
                    options={
                        'verbose_name': 'historical unit conversion',
                        'verbose_name_plural': 'historical unit conversions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
        # Room in the pages, so that posting's updates stay in the page and touch no index.
        migrations.RunSQL("ALTER TABLE inventory_onhand SET (fillfactor = 60)", migrations.RunSQL.noop),
        migrations.RunSQL(DISPOSITIONS, migrations.RunSQL.noop),
    ]
