"""Background work and what recurs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('jobs', '0001_initial'),
        ('jobs', '0002_rights'),
        ('jobs', '0003_stored_files'),
        ('jobs', '0004_recurrences'),
    ]

    dependencies = [
        ('files', '0001_stored_files'),
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='Job',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=40)),
                        ('title', models.CharField(max_length=200)),
                        ('status', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Done with failures'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                        ('phase', models.CharField(blank=True, default='', max_length=60)),
                        ('done', models.BigIntegerField(default=0)),
                        ('total', models.BigIntegerField(default=0)),
                        ('arguments', models.JSONField(default=dict)),
                        ('result', models.JSONField(default=dict)),
                        ('requested_at', models.DateTimeField(auto_now_add=True)),
                        ('dispatched_at', models.DateTimeField(blank=True, null=True)),
                        ('started_at', models.DateTimeField(blank=True, null=True)),
                        ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                        ('finished_at', models.DateTimeField(blank=True, null=True)),
                        ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('attempts', models.IntegerField(default=0)),
                        ('cancel_asked_at', models.DateTimeField(blank=True, null=True)),
                        ('files', models.ManyToManyField(related_name='jobs', to='files.storedfile')),
                        ('run_token', models.UUIDField(blank=True, null=True)),
                    ],
                    options={
                        'ordering': ('-id',),
                        'indexes': [models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['status'], name='job_open')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('status__in', ('done', 'failed', 'cancelled'))), models.Q(('finished_at__isnull', True), ('status__in', ('queued', 'running'))), _connector='OR'), name='job_finished_with_time')],
                        'permissions': (('manage_recurrence', 'Manage recurrences'),),
                    },
                ),
                migrations.CreateModel(
                    name='Recurrence',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=40)),
                        ('name', models.CharField(max_length=200, unique=True, verbose_name='Name')),
                        ('last_job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recurrences', to='jobs.job')),
                        ('task', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='recurrence', to='django_celery_beat.periodictask')),
                    ],
                    options={
                        'ordering': ('name',),
                    },
                ),
            ],
        ),
    ]
