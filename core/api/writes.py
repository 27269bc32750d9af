"""Writing SQL of calls."""

import json
from collections.abc import Mapping
from typing import Any

from core.db.bulk import execute, fetch_value

# How many old answers one look of the watchdog removes.
MOST_REMOVED = 10_000


def note_use(token_id: int) -> None:
    """The token was used; written at most once a minute, so that calls of one till do not wait for each other."""
    execute(
        """
        UPDATE calls_token SET last_used_at = now()
        WHERE id = %s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
        """,
        [token_id],
    )


def claim_key(token_id: int, key: str, digest: str) -> int | None:
    """The row of a key that nobody used, or None; waits for a call under the same key that is in work, as long as `lock_timeout` says."""
    found: int | None = fetch_value(
        """
        INSERT INTO calls_keptanswer (token_id, key, digest, status, answer) VALUES (%s, %s, %s, 0, 'null'::jsonb)
        ON CONFLICT (token_id, key) DO NOTHING RETURNING id
        """,
        [token_id, key, digest],
    )
    return found


def store_answer(row_id: int, status: int, answer: Mapping[str, Any]) -> None:
    """What the call under the key was answered."""
    execute("UPDATE calls_keptanswer SET status = %s, answer = %s::jsonb WHERE id = %s", [status, json.dumps(answer), row_id])


def wait_at_most(milliseconds: int) -> None:
    """Locks that this transaction waits for longer are an error (SQLSTATE 55P03); 0 takes the limit back."""
    execute(f"SET LOCAL lock_timeout = {milliseconds:d}")


def note_job(token_id: int, job_id: int) -> None:
    """The token asked for the job and may look at it."""
    execute("INSERT INTO calls_askedjob (token_id, job_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", [token_id, job_id])


def delete_expired_records(days: int) -> int:
    """Removes answers that were kept longer than that, the oldest first; says how many."""
    sql = """
        DELETE FROM calls_keptanswer WHERE id IN (
            SELECT id FROM calls_keptanswer WHERE at < now() - make_interval(days => %s) ORDER BY at LIMIT %s
        )
    """
    return execute(sql, [days, MOST_REMOVED])
