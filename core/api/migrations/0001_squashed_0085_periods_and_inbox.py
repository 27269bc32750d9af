"""Tokens, idempotency records and the jobs of tokens."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from core.db.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('calls', '0001_initial'),
        ('calls', '0002_plain_names'),
        ('calls', '0020_journals'),
        ('calls', '0050_view_recalls'),
        ('calls', '0080_accept_differences'),
        ('calls', '0085_periods_and_inbox'),
    ]

    dependencies = [
        ('jobs', '0001_squashed_0040_signs_of_life'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='Token',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=60, unique=True, verbose_name='Name')),
                        ('prefix', models.CharField(max_length=12)),
                        ('digest', models.CharField(max_length=64, unique=True)),
                        ('verbs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('send_transactions', 'Send transactions'), ('place_orders', 'Place customer orders'), ('override_deposit', 'Place customer orders below the deposit'), ('view_orders', 'Look at customer orders'), ('handle_orders', 'Pick and pack customer orders'), ('deliver_orders', 'Ship, hand out and invoice customer orders'), ('cancel_orders', 'Cancel and take back customer orders'), ('view_statements', 'Look at statements'), ('post_statements', 'Post statements'), ('accept_differences', 'Accept counted differences'), ('view_stock', 'Look at on-hand stock'), ('view_recalls', 'Ask who got a batch'), ('post_journals', 'Post inventory journals'), ('close_periods', 'Close and open periods'), ('view_inbox', 'Look at the inbox'), ('handle_inbox', 'Put right what waits in the inbox')], max_length=20), size=None)),
                        ('all_stores', models.BooleanField(default=False)),
                        ('stores', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('last_used_at', models.DateTimeField(blank=True, null=True)),
                        ('expires_at', models.DateTimeField(blank=True, null=True)),
                        ('revoked_at', models.DateTimeField(blank=True, null=True)),
                        ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'API token',
                        'verbose_name_plural': 'API tokens',
                        'ordering': ('name',),
                    },
                ),
                migrations.CreateModel(
                    name='IdempotencyRecord',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=200)),
                        ('digest', models.CharField(max_length=64)),
                        ('status', models.PositiveSmallIntegerField()),
                        ('answer', models.JSONField()),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='calls.token')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['at'], name='kept_answer_age')],
                        'constraints': [models.UniqueConstraint(fields=('token', 'key'), name='answer_once_per_key')],
                        'db_table': 'calls_keptanswer',
                    },
                ),
                migrations.CreateModel(
                    name='TokenJob',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='jobs.job')),
                        ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='calls.token')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('token', 'job'), name='job_once_per_token')],
                        'db_table': 'calls_askedjob',
                    },
                ),
            ],
        ),
    ]
