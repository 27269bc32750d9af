"""The audit trail is only ever added to."""

from django.db import migrations


class Migration(migrations.Migration):
    """The trigger; its function is that of the ledger's insert-only tables."""

    dependencies = [("access", "0001_audit_entry"), ("ledger", "0002_guards")]
    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER audit_entry_insert_only BEFORE UPDATE OR DELETE ON access_auditentry
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the audit trail is only ever added to')
            """,
            "DROP TRIGGER audit_entry_insert_only ON access_auditentry",
        )
    ]
