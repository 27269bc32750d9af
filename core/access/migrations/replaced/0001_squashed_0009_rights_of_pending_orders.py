"""The audit trail and passwords that are due."""

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
                        ('deed', models.CharField(choices=[('sign_in', 'Signed in'), ('sign_out', 'Signed out'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Locked out'), ('unlock', 'Unlocked sign-in'), ('password', 'Changed password'), ('password_asked', 'Asked for a password reset'), ('user_create', 'Created user'), ('user_change', 'Changed user'), ('parameters', 'Changed Retail parameters'), ('master_data', 'Changed master data'), ('validate', 'Validated transactions'), ('calculate', 'Calculated statements'), ('post', 'Asked for posting'), ('hold', 'Held transactions'), ('clear', 'Cleared statement'), ('import', 'Imported a file'), ('export', 'Exported data'), ('recurrence', 'Changed a recurrence'), ('token_create', 'Made an API token'), ('token_revoke', 'Revoked an API token')], max_length=20, verbose_name='deed')),
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
                        'indexes': [models.Index(fields=['actor', '-id'], name='audit_actor'), models.Index(fields=['deed', '-id'], name='audit_deed')],
                    },
                ),
                migrations.CreateModel(
                    name='PasswordDue',
                    fields=[
                        ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ],
                ),
            ],
        ),
        migrations.RunSQL(GUARDS, GUARDS_REVERSE),
    ]
