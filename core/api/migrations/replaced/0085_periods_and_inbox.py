"""Tokens may close periods and work in the inbox."""

import django.contrib.postgres.fields
from django.db import migrations, models

VERBS = [
    ("send_transactions", "Send transactions"),
    ("place_orders", "Place customer orders"),
    ("override_deposit", "Place customer orders below the deposit"),
    ("view_orders", "Look at customer orders"),
    ("handle_orders", "Pick and pack customer orders"),
    ("deliver_orders", "Ship, hand out and invoice customer orders"),
    ("cancel_orders", "Cancel and take back customer orders"),
    ("view_statements", "Look at statements"),
    ("post_statements", "Post statements"),
    ("view_stock", "Look at on-hand stock"),
    ("view_recalls", "Ask who got a batch"),
    ("post_journals", "Post inventory journals"),
    ("close_periods", "Close and open periods"),
    ("view_inbox", "Look at the inbox"),
    ("handle_inbox", "Put right what waits in the inbox"),
]


class Migration(migrations.Migration):
    """More choices."""

    dependencies = [("calls", "0020_journals")]

    operations = [
        migrations.AlterField(
            model_name="token",
            name="verbs",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=VERBS, max_length=20), size=None),
        ),
    ]
