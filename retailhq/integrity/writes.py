"""Set-based writes of differences."""

from collections.abc import Sequence
from datetime import datetime

from core.db.bulk import execute, fetch_all, text_array
from retailhq.integrity.checks import Difference

_COLUMNS = """
    FROM (
        SELECT DISTINCT ON (check_name, key) *
        FROM unnest(%(checks)s::text[], %(keys)s::text[], %(expected)s::text[], %(found)s::text[]) AS f (check_name, key, expected, found)
        ORDER BY check_name, key, expected, found
    ) f
"""


def merge_differences(differences: Sequence[Difference], at: datetime) -> tuple[list[int], int]:
    """Keeps what a recount found: ids of what is new, and how many are gone; three queries.

    What was open and is found again stays, with its values of now; what is open and was not found is gone.
    """
    values = {
        "at": at,
        "checks": text_array(row.check for row in differences),
        "keys": text_array(row.key for row in differences),
        "expected": text_array(row.expected for row in differences),
        "found": text_array(row.found for row in differences),
    }
    execute(
        f"""
        UPDATE integrity_keptdifference k SET last_seen = %(at)s, expected = f.expected, found = f.found
        {_COLUMNS} WHERE k.gone_at IS NULL AND k.check_name = f.check_name AND k.key = f.key
        """,
        values,
    )
    gone = execute("UPDATE integrity_keptdifference SET gone_at = %s WHERE gone_at IS NULL AND last_seen < %s", [at, at])
    new = fetch_all(
        f"""
        INSERT INTO integrity_keptdifference (check_name, key, expected, found, first_seen, last_seen, note)
        SELECT f.check_name, f.key, f.expected, f.found, %(at)s, %(at)s, '' {_COLUMNS}
        ON CONFLICT (check_name, key) WHERE gone_at IS NULL DO NOTHING RETURNING id
        """,
        values,
    )
    return sorted(row[0] for row in new), gone
