"""Uploaded files, taken over from statements."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table is there already."""

    initial = True
    dependencies = [
        ("files", "0001_stored_files"),
        ("jobs", "0004_recurrences"),
        ("statements", "0010_plain_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
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
            ]
        ),
    ]
