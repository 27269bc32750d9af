from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside running work: nobody waits for it.
    atomic = False

    dependencies = [
        ('orders', '0009_history_insert_only'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='customerorder',
            index=models.Index(fields=['ordered_at', 'order_id'], name='customer_order_by_time'),
        ),
    ]
