"""Transactions of a generated order; uploaded files belong to the app that exchanges files."""

from django.db import migrations


class Migration(migrations.Migration):
    """Tables keep their names."""

    dependencies = [("statements", "0009_file_imports")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("OrderReceipt", "OrderTransaction"),
                migrations.AlterModelTable("ordertransaction", "statements_orderreceipt"),
                migrations.DeleteModel("FileImport"),
            ]
        ),
    ]
