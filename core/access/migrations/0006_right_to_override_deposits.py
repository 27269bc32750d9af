"""The right to take a customer order below its deposit."""

from django.db import migrations

from core.access import write_groups


class Migration(migrations.Migration):
    """Writes the groups again."""

    dependencies = [("access", "0005_password_due")]
    operations = [write_groups.again]
