"""Stored views and columns of the audit trail know its column under its new name."""

from typing import Any

from django.db import migrations
from django.http import QueryDict

LIST = "audit-trail"


def rename_column(apps: Any, editor: Any) -> None:
    """`deed` becomes `action` as filter and as column, in stored views and in chosen columns."""
    for view in apps.get_model("lists", "SavedView").objects.filter(list_key=LIST):
        query = QueryDict(view.query, mutable=True)
        if "deed" in query:
            query.setlist("action", query.pop("deed"))
        if "columns" in query:
            query["columns"] = ",".join(renamed(query["columns"].split(",")))
        view.query = query.urlencode()
        view.save(update_fields=("query",))
    for choice in apps.get_model("lists", "ColumnChoice").objects.filter(list_key=LIST):
        choice.columns = renamed(choice.columns)
        choice.save(update_fields=("columns",))


def renamed(columns: list[str]) -> list[str]:
    """The names of today."""
    return ["action" if name == "deed" else name for name in columns]


class Migration(migrations.Migration):
    """People's own rows, a few each."""

    dependencies = [("lists", "0001_initial"), ("access", "0010_plain_names")]
    operations = [migrations.RunPython(rename_column, migrations.RunPython.noop)]
