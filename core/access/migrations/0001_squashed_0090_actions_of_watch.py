"""The audit trail, passwords that are due, requests for help."""

from pathlib import Path

import django.db.models.deletion
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
        ('access', '0001_audit_entry'),
        ('access', '0002_append_only'),
        ('access', '0003_roles'),
        ('access', '0004_rights_of_setup'),
        ('access', '0005_password_due'),
        ('access', '0006_right_to_override_deposits'),
        ('access', '0007_tokens'),
        ('access', '0008_rights_of_customer_orders'),
        ('access', '0009_rights_of_pending_orders'),
        ('access', '0001_squashed_0009_rights_of_pending_orders'),
        ('access', '0010_plain_names'),
        ('access', '0011_corrections'),
        ('access', '0020_journals'),
        ('access', '0025_settlements_of_debt'),
        ('access', '0030_reversals'),
        ('access', '0035_help_requests'),
        ('access', '0090_actions_of_watch'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name='AuditEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                        ('action', models.CharField(choices=[('sign_in', 'Signed in'), ('sign_out', 'Signed out'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Locked out'), ('unlock', 'Unlocked sign-in'), ('password', 'Changed password'), ('password_asked', 'Asked for a password reset'), ('user_create', 'Created user'), ('user_change', 'Changed user'), ('parameters', 'Changed Retail parameters'), ('master_data', 'Changed master data'), ('validate', 'Validated transactions'), ('calculate', 'Calculated statements'), ('post', 'Asked for posting'), ('hold', 'Held transactions'), ('clear', 'Cleared statement'), ('correct', 'Corrected transactions'), ('count', 'Counted a tender'), ('settle', 'Settled batch debt'), ('reverse', 'Reversed what was posted'), ('journal', 'Posted a journal'), ('receive', 'Registered goods'), ('import', 'Imported a file'), ('export', 'Exported data'), ('watch', 'Looked after a difference'), ('approve', 'Approved a fallback over its limit'), ('recurrence', 'Changed a recurrence'), ('token_create', 'Made an API token'), ('token_revoke', 'Revoked an API token'), ('ask', 'Asked for help'), ('answer', 'Answered'), ('inbox', 'Worked on an exception'), ('accept', 'Accepted a difference')], max_length=20, verbose_name='action')),
                        ('actor', models.CharField(max_length=150, verbose_name='who')),
                        ('subject', models.CharField(blank=True, default='', max_length=200, verbose_name='what')),
                        ('details', models.JSONField(default=dict, verbose_name='details')),
                        ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='address')),
                        ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'audit entry',
                        'verbose_name_plural': 'audit entries',
                        'ordering': ('-id',),
                        'indexes': [models.Index(fields=['actor', '-id'], name='audit_actor'), models.Index(fields=['action', '-id'], name='audit_action')],
                    },
                ),
                migrations.CreateModel(
                    name='MustChangePassword',
                    fields=[
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'db_table': 'access_passworddue',
                    },
                ),
                migrations.CreateModel(
                    name='HelpRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(max_length=40)),
                        ('way', models.CharField(max_length=100)),
                        ('about', models.JSONField(default=dict)),
                        ('right', models.CharField(max_length=100)),
                        ('company', models.CharField(blank=True, default='', max_length=60)),
                        ('page', models.CharField(blank=True, default='', max_length=500)),
                        ('note', models.TextField(blank=True, default='')),
                        ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('answer', models.TextField(blank=True, default='')),
                        ('answered_at', models.DateTimeField(blank=True, null=True)),
                        ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('answered_at__isnull', True)), fields=['right'], name='help_request_open')],
                    },
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
    ]
