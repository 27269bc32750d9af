"""Dispositions that exist from the start."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

DISPOSITIONS = (("available", "Available", False), ("blocked", "Blocked", True), ("inspect", "To be inspected", True))


def add(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Adds the dispositions that are not there."""
    disposition = apps.get_model("inventory", "Disposition")
    for code, name, blocks_sale in DISPOSITIONS:
        disposition.objects.get_or_create(code=code, defaults={"name": name, "blocks_sale": blocks_sale})


class Migration(migrations.Migration):
    """Data of inventory."""

    dependencies = [("inventory", "0002_guards")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
