import django.db.models.deletion
from django.db import migrations, models

# A till's document is a transaction; "receipt" means received goods. What stands in events and error states is reworded with the
# sentences, so that it is still said in the language of its reader. The audit trail stays as it was written: nothing in it changes.
REWORDED = (
    ("Held from {statement}: {count} receipts, {reasons}.", "Held from {statement}: {count} transactions, {reasons}."),
    ("{count} failing receipts were moved to a supplement", "{count} failing transactions were moved to a supplement"),
    ("{count} receipts moved to a supplement", "{count} transactions moved to a supplement"),
)


def reword(table, column, pairs):
    """One query: the sentences of a column that holds messages as JSON."""
    replaced = f"{column}::text"
    for old, new in pairs:
        replaced = f"replace({replaced}, '{old}', '{new}')"
    found = " OR ".join(f"strpos({column}::text, '{old}') > 0" for old, _ in pairs)
    return f"UPDATE {table} SET {column} = ({replaced})::jsonb WHERE {found}"


COLUMNS = (("statements_statementevent", "text"), ("statements_statement", "error_text"))
BACK = tuple((new, old) for old, new in REWORDED)


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0160_journal_lines_by_guard'),
        ('statements', '0160_orders_of_transactions_by_guard'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ordertransaction',
            name='order',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='pos_transactions', to='orders.salesorder'),
        ),
        migrations.AlterField(
            model_name='ordertransaction',
            name='transaction',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='in_order', serialize=False, to='statements.postransaction'),
        ),
        *(migrations.RunSQL(reword(table, column, REWORDED), reword(table, column, BACK)) for table, column in COLUMNS),
    ]
