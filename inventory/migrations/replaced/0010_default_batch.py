"""The batch of the default batch id has one name in all layers."""

from django.db import migrations


class Migration(migrations.Migration):
    """Renames the column and that of its history."""

    dependencies = [("inventory", "0009_figures_of_home")]
    operations = [
        migrations.RenameField("batch", "is_placeholder", "is_default_batch"),
        migrations.RenameField("historicalbatch", "is_placeholder", "is_default_batch"),
    ]
