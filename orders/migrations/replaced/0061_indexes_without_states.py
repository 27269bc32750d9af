"""The index of deliveries in work: no state stands in an index or its predicate."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0030_reversals'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='delivery',
            name='delivery_in_work',
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('invoice__isnull', True)), fields=['warehouse', 'day'], name='delivery_in_work'),
        ),
    ]
