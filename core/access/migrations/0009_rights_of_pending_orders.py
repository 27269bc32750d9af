"""Rights to see and mend pending orders."""

from django.db import migrations

from core.access import write_groups


class Migration(migrations.Migration):
    """Writes the groups again."""

    dependencies = [("access", "0008_rights_of_customer_orders")]
    operations = [write_groups.again]
