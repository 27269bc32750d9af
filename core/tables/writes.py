"""Set-based writes of what people keep about lists."""

import json
from collections.abc import Sequence

from core.db.bulk import execute, fetch_value
from core.tables.models import SavedView


def keep_columns(user_id: int, list_key: str, columns: Sequence[str]) -> None:
    """The person's columns of the list, replacing what was chosen before; two pages at once leave one of the choices."""
    execute(
        """
        INSERT INTO lists_columnchoice (user_id, list_key, columns) VALUES (%s, %s, %s::jsonb)
        ON CONFLICT (user_id, list_key) DO UPDATE SET columns = EXCLUDED.columns
        """,
        [user_id, list_key, json.dumps(list(columns))],
    )


def keep_view(user_id: int, list_key: str, name: str, query: str) -> SavedView:
    """A saved view; one of the same name is replaced."""
    sql = """
        INSERT INTO lists_savedview (user_id, list_key, name, query, is_default) VALUES (%s, %s, %s, %s, false)
        ON CONFLICT (user_id, list_key, name) DO UPDATE SET query = EXCLUDED.query RETURNING id
    """
    return SavedView.objects.get(pk=fetch_value(sql, [user_id, list_key, name, query]))


def make_default(view: SavedView) -> None:
    """The only default among the person's views of its list; broken off in between, the list has none."""
    clear_default(view.user_id, view.list_key)
    SavedView.objects.filter(pk=view.pk).update(is_default=True)


def clear_default(user_id: int, list_key: str) -> None:
    """The list opens without a view."""
    SavedView.objects.filter(user_id=user_id, list_key=list_key, is_default=True).update(is_default=False)
