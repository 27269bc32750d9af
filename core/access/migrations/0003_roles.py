"""The roles as groups with their rights."""

from django.db import migrations

from core.access import write_groups


class Migration(migrations.Migration):
    """Makes the groups; taking it back removes them."""

    dependencies = [
        ("access", "0002_append_only"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [write_groups.first]
