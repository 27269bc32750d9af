from django.db import migrations

import core.db.fields

# A text of before stays a plain text in JSON, which is said as it was written.
FORWARD = "ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} DROP NOT NULL, ALTER {column} TYPE jsonb USING to_jsonb(NULLIF({column}, ''))"
BACKWARD = "ALTER TABLE {table} ALTER {column} TYPE text USING COALESCE({column} #>> '{{}}', ''), ALTER {column} SET NOT NULL"
COLUMNS = (
    ('statements_statement', 'error_text', 'statement', core.db.fields.MessageField(blank=True, null=True)),
    ('statements_statementevent', 'text', 'statementevent', core.db.fields.MessageField(blank=True, null=True)),
)


class Migration(migrations.Migration):
    """What went wrong, and what events say, are messages: text and values, told in the language of whoever reads them."""

    dependencies = [('statements', '0017_late_documents')]

    operations = [
        migrations.RunSQL(
            [FORWARD.format(table=table, column=column) for table, column, _, _ in COLUMNS],
            [BACKWARD.format(table=table, column=column) for table, column, _, _ in COLUMNS],
            state_operations=[migrations.AlterField(model, column, field) for _, column, model, field in COLUMNS],
        ),
    ]
