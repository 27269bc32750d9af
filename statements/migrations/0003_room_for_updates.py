"""Leaves room in the pages of statements: each is updated some ten times on its way to Posted."""

from django.db import migrations


class Migration(migrations.Migration):
    """Fill factor of statements."""

    dependencies = [("statements", "0002_guards")]
    operations = [
        migrations.RunSQL("ALTER TABLE statements_statement SET (fillfactor = 40)", "ALTER TABLE statements_statement RESET (fillfactor)"),
    ]
