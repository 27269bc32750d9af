"""Transactions that came in after their day was posted say so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A nullable column, and the index of the few rows that have it."""

    dependencies = [("statements", "0061_indexes_without_states")]

    operations = [
        migrations.AddField(model_name="postransaction", name="day_posted_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            model_name="postransaction",
            index=models.Index(
                fields=["business_date", "id"], condition=models.Q(("day_posted_at__isnull", False)), name="pos_transaction_late"
            ),
        ),
    ]
