"""Keys that came by earlier in the same file, kept in a temporary table so that memory stays flat."""

from collections.abc import Collection
from uuid import UUID

from core.db.bulk import array, fetch_all, text_array
from core.db.work_tables import ensure_empty_work_tables

_CREATE = "CREATE TEMPORARY TABLE import_seen (key text PRIMARY KEY, content uuid NOT NULL)"
_ADD = """
    INSERT INTO import_seen (key, content) SELECT * FROM unnest(%s::text[], %s::uuid[]) ON CONFLICT DO NOTHING RETURNING key
"""
_READ = "SELECT key, content FROM import_seen WHERE key = ANY(%s::text[])"


def clear_import_keys() -> None:
    """Forgets the keys noted so far; called before each file. Two queries."""
    ensure_empty_work_tables(_CREATE, "import_seen")


def add_import_keys(contents: Collection[tuple[str, UUID]]) -> dict[str, UUID]:
    """Notes keys with their content and says which were there before, with the content they had; at most two queries."""
    if not contents:
        return {}
    added = fetch_all(_ADD, [text_array(key for key, _ in contents), array(content for _, content in contents)])
    known = {key for key, _ in contents} - {key for (key,) in added}
    return dict(fetch_all(_READ, [text_array(known)])) if known else {}
