from django.db import migrations

import core.db.fields


class Migration(migrations.Migration):
    """Titles and phases are messages; a text of before stays a plain text, which is said as it was written."""

    dependencies = [('jobs', '0001_squashed_0004_recurrences')]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE jobs_job ALTER title TYPE jsonb USING to_jsonb(title);
            ALTER TABLE jobs_job ALTER phase DROP DEFAULT, ALTER phase DROP NOT NULL,
                ALTER phase TYPE jsonb USING to_jsonb(NULLIF(phase, ''))
            """,
            """
            ALTER TABLE jobs_job ALTER title TYPE varchar(200) USING left(COALESCE(title #>> '{1,text}', title #>> '{0}', title #>> '{}'), 200);
            ALTER TABLE jobs_job ALTER phase TYPE varchar(60) USING '', ALTER phase SET NOT NULL
            """,
            state_operations=[
                migrations.AlterField('job', 'title', core.db.fields.MessageField()),
                migrations.AlterField('job', 'phase', core.db.fields.MessageField(blank=True, null=True)),
            ],
        ),
    ]
