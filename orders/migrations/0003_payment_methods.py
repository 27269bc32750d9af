"""Payment methods that exist from the start."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

METHODS = (("cash", "Cash"), ("card", "Card"), ("gift_card", "Gift card"), ("voucher", "Voucher"), ("on_account", "On account"))


def add(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Adds the methods that are not there."""
    method = apps.get_model("orders", "PaymentMethod")
    for code, name in METHODS:
        method.objects.get_or_create(code=code, defaults={"name": name})


class Migration(migrations.Migration):
    """Data of orders."""

    dependencies = [("orders", "0002_guards")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
