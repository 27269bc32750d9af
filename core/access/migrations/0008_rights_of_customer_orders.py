"""Rights to see, take, change and deliver customer orders."""

from django.db import migrations

from core.access import write_groups


class Migration(migrations.Migration):
    """Writes the groups again."""

    dependencies = [("access", "0007_tokens")]
    operations = [write_groups.again]
