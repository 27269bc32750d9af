from django.db import migrations

import core.db.fields

# A text of before stays a plain text in JSON, which is said as it was written.
FORWARD = "ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} DROP NOT NULL, ALTER {column} TYPE jsonb USING to_jsonb(NULLIF({column}, ''))"
BACKWARD = "ALTER TABLE {table} ALTER {column} TYPE text USING COALESCE({column} #>> '{{}}', ''), ALTER {column} SET NOT NULL"
COLUMNS = (
    ('orders_salesorder', 'error_text', 'salesorder', core.db.fields.MessageField(blank=True, null=True)),
    ('orders_delivery', 'error_text', 'delivery', core.db.fields.MessageField(blank=True, null=True)),
    ('orders_pendingorder', 'error_text', 'pendingorder', core.db.fields.MessageField(blank=True, null=True)),
)


class Migration(migrations.Migration):
    """What went wrong, and what events say, are messages: text and values, told in the language of whoever reads them."""

    dependencies = [('orders', '0016_number_series')]

    operations = [
        migrations.RunSQL(
            [FORWARD.format(table=table, column=column) for table, column, _, _ in COLUMNS],
            [BACKWARD.format(table=table, column=column) for table, column, _, _ in COLUMNS],
            state_operations=[migrations.AlterField(model, column, field) for _, column, model, field in COLUMNS],
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_orderproblem ALTER message TYPE jsonb USING to_jsonb(message)",
            "ALTER TABLE orders_orderproblem ALTER message TYPE text USING message #>> '{}'",
            state_operations=[migrations.AlterField('orderproblem', 'message', core.db.fields.MessageField())],
        ),
    ]
