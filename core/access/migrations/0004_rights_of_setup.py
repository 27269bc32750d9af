"""Rights to see and keep unit conversions."""

from django.db import migrations

from core.access import write_groups


class Migration(migrations.Migration):
    """Writes the groups again."""

    dependencies = [("access", "0003_roles")]
    operations = [write_groups.again]
