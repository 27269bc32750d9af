"""Uploaded files and profiles of imports."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('exchange', '0001_initial'),
        ('exchange', '0045_import_profiles'),
    ]

    dependencies = [
        ('files', '0001_stored_files'),
        ('jobs', '0001_squashed_0040_signs_of_life'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
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
                        ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='exchange.fileimport')),
                        ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'db_table': 'statements_fileimport',
                        'ordering': ('-id',),
                        'indexes': [models.Index(fields=['digest'], name='file_import_digest')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalImportProfile',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('code', models.CharField(db_index=True, max_length=60)),
                        ('name', models.CharField(max_length=200)),
                        ('kind', models.CharField(blank=True, default='', max_length=30)),
                        ('delimiter', models.CharField(blank=True, choices=[('', 'Comma'), (';', 'Semicolon'), ('tab', 'Tab'), ('|', 'Bar')], default='', max_length=3)),
                        ('encoding', models.CharField(blank=True, choices=[('', 'UTF-8'), ('utf-16', 'UTF-16'), ('windows-1252', 'Windows-1252, Western Europe'), ('windows-1250', 'Windows-1250, Central Europe'), ('iso-8859-15', 'ISO-8859-15')], default='', max_length=20)),
                        ('decimal_sign', models.CharField(choices=[('.', 'Point'), (',', 'Comma')], default='.', max_length=1)),
                        ('date_order', models.CharField(choices=[('iso', '2017-12-31'), ('dmy', 'Day first: 31.12.2017, 31/12/2017'), ('mdy', 'Month first: 12/31/2017')], default='iso', max_length=3)),
                        ('time_zone', models.CharField(blank=True, default='', max_length=60)),
                        ('header_row', models.IntegerField(default=0)),
                        ('sheet', models.CharField(blank=True, default='', max_length=200)),
                        ('groups_thousands', models.BooleanField(default=False)),
                        ('has_money_signs', models.BooleanField(default=False)),
                        ('has_serial_dates', models.BooleanField(default=False)),
                        ('has_odd_codes', models.BooleanField(default=False)),
                        ('turned', models.BooleanField(default=False)),
                        ('mapping', models.TextField(blank=True, default='')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_change_reason', models.CharField(max_length=100, null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical import profile',
                        'verbose_name_plural': 'historical import profiles',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='ImportProfile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=60, unique=True)),
                        ('name', models.CharField(max_length=200)),
                        ('kind', models.CharField(blank=True, default='', max_length=30)),
                        ('delimiter', models.CharField(blank=True, choices=[('', 'Comma'), (';', 'Semicolon'), ('tab', 'Tab'), ('|', 'Bar')], default='', max_length=3)),
                        ('encoding', models.CharField(blank=True, choices=[('', 'UTF-8'), ('utf-16', 'UTF-16'), ('windows-1252', 'Windows-1252, Western Europe'), ('windows-1250', 'Windows-1250, Central Europe'), ('iso-8859-15', 'ISO-8859-15')], default='', max_length=20)),
                        ('decimal_sign', models.CharField(choices=[('.', 'Point'), (',', 'Comma')], default='.', max_length=1)),
                        ('date_order', models.CharField(choices=[('iso', '2017-12-31'), ('dmy', 'Day first: 31.12.2017, 31/12/2017'), ('mdy', 'Month first: 12/31/2017')], default='iso', max_length=3)),
                        ('time_zone', models.CharField(blank=True, default='', max_length=60)),
                        ('header_row', models.IntegerField(default=0)),
                        ('sheet', models.CharField(blank=True, default='', max_length=200)),
                        ('groups_thousands', models.BooleanField(default=False)),
                        ('has_money_signs', models.BooleanField(default=False)),
                        ('has_serial_dates', models.BooleanField(default=False)),
                        ('has_odd_codes', models.BooleanField(default=False)),
                        ('turned', models.BooleanField(default=False)),
                        ('mapping', models.TextField(blank=True, default='')),
                        ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='Active')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('header_row__gte', 0)), name='profile_header_row')],
                    },
                ),
                migrations.CreateModel(
                    name='ImportSource',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=30)),
                        ('name', models.CharField(max_length=200)),
                        ('profile', models.CharField(blank=True, default='', max_length=60)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('kind', 'name'), name='import_source_once')],
                    },
                ),
            ],
        ),
    ]
