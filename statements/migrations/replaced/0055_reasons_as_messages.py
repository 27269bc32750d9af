from django.db import migrations

import core.db.fields

# A text of before stays a plain text in JSON, which is said as it was written.
FORWARD = 'ALTER TABLE statements_transactionversion ALTER reason TYPE jsonb USING to_jsonb(reason)'
BACKWARD = "ALTER TABLE statements_transactionversion ALTER reason TYPE text USING COALESCE(reason #>> '{}', '')"


class Migration(migrations.Migration):
    """Why a document was replaced is a message, told in the language of whoever reads it; what a person wrote stays as it is."""

    dependencies = [('statements', '0025_sales_of_debts')]

    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[migrations.AlterField('transactionversion', 'reason', core.db.fields.MessageField())],
        ),
    ]
