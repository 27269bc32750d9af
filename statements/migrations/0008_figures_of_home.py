"""Home counts what is not posted yet without reading years of posted statements."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside running work: nobody waits for it.
    atomic = False

    dependencies = [("statements", "0007_list_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="statement",
            index=models.Index(
                condition=models.Q(("post_state", "Posted"), _negated=True), fields=["store", "business_date"], name="statement_open"
            ),
        ),
    ]
