"""Plain names: who must change the password; the action of an audit entry."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Tables keep their names."""

    dependencies = [("access", "0009_rights_of_pending_orders")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("PasswordDue", "MustChangePassword"),
                migrations.AlterModelTable("mustchangepassword", "access_passworddue"),
            ]
        ),
        migrations.RenameField("auditentry", "deed", "action"),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL("ALTER INDEX audit_deed RENAME TO audit_action", "ALTER INDEX audit_action RENAME TO audit_deed")],
            [
                migrations.RemoveIndex("auditentry", "audit_deed"),
                migrations.AddIndex("auditentry", models.Index(fields=["action", "-id"], name="audit_action")),
            ],
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('sign_in', 'Signed in'), ('sign_out', 'Signed out'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Locked out'), ('unlock', 'Unlocked sign-in'), ('password', 'Changed password'), ('password_asked', 'Asked for a password reset'), ('user_create', 'Created user'), ('user_change', 'Changed user'), ('parameters', 'Changed Retail parameters'), ('master_data', 'Changed master data'), ('validate', 'Validated transactions'), ('calculate', 'Calculated statements'), ('post', 'Asked for posting'), ('hold', 'Held transactions'), ('clear', 'Cleared statement'), ('import', 'Imported a file'), ('export', 'Exported data'), ('recurrence', 'Changed a recurrence'), ('token_create', 'Made an API token'), ('token_revoke', 'Revoked an API token')], max_length=20, verbose_name='action'),
        ),
        # Entries are insert-only; their details keep the word for what was done under its new name.
        migrations.RunSQL(
            [
                "ALTER TABLE access_auditentry DISABLE TRIGGER audit_entry_insert_only",
                "UPDATE access_auditentry SET details = details - 'deed' || jsonb_build_object('action', details -> 'deed') "
                "WHERE details ? 'deed'",
                "ALTER TABLE access_auditentry ENABLE TRIGGER audit_entry_insert_only",
            ],
            migrations.RunSQL.noop,
        ),
    ]
