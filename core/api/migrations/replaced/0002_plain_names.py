"""Standard terms: idempotency records, jobs of a token."""

from django.db import migrations


class Migration(migrations.Migration):
    """Tables keep their names."""

    dependencies = [("calls", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("KeptAnswer", "IdempotencyRecord"),
                migrations.AlterModelTable("idempotencyrecord", "calls_keptanswer"),
                migrations.RenameModel("AskedJob", "TokenJob"),
                migrations.AlterModelTable("tokenjob", "calls_askedjob"),
            ]
        ),
    ]
