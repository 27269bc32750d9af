"""Home sums open batch debt by item and counts the lines on a default batch by day."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside running work: nobody waits for them.
    atomic = False

    dependencies = [("inventory", "0008_list_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="batchdebt",
            index=models.Index(
                condition=models.Q(("open_quantity__gt", 0)), fields=["warehouse", "item"],
                include=("open_quantity", "unit_cost", "business_date"), name="batch_debt_open",
            ),
        ),
        AddIndexConcurrently(
            model_name="batchdebt",
            index=models.Index(fields=["warehouse", "business_date"], name="batch_debt_day"),
        ),
    ]  # fmt: skip
