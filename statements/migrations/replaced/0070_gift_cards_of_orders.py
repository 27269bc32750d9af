"""Gift cards belong to orders and tills alike: the cards that tills made go where both can name them, with their keys."""

import django.db.models.deletion
from django.db import migrations, models

MOVE = """
INSERT INTO orders_giftcard (id, number) SELECT id, number FROM statements_giftcard;
SELECT setval(pg_get_serial_sequence('orders_giftcard', 'id'), GREATEST((SELECT max(id) FROM orders_giftcard), 1));
"""
BACK = "INSERT INTO statements_giftcard (id, number) SELECT id, number FROM orders_giftcard;"


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0070_gift_cards'),
        ('statements', '0085_late_documents'),
    ]

    operations = [
        migrations.RunSQL(MOVE, BACK),
        migrations.AlterField(
            model_name='giftcardmovement',
            name='card',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='orders.giftcard'),
        ),
        migrations.DeleteModel(name='GiftCard'),
    ]
