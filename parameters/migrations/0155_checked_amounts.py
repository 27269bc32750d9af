from django.db import migrations

from core.db.checked_amounts import check_amounts

# Of the columns that were widened without a CHECK, those of tables that do not have a row for each line sold (ADR 0019).
AMOUNTS = {
    "parameters_retailparameters": ("statements_max_difference",),
    "parameters_historicalretailparameters": ("statements_max_difference",),
}


class Migration(migrations.Migration):
    # Each in a transaction of its own: rows are looked at while others write.
    atomic = False

    dependencies = [("parameters", "0145_lines_per_chunk")]

    operations = check_amounts(AMOUNTS)
