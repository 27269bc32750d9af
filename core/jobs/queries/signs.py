"""Signs of life: what works in the background says every few seconds that it does, and pages say what has fallen silent.

Worker and beat speak for themselves (retailhq/pulse.py, retailhq/beat.py); the watchdog's sign says that its rounds are really made, by
beat and worker together, or by a worker alone where the clock has stopped.
"""

from typing import Final

from core.db.bulk import fetch_all

WORKER, BEAT, WATCHDOG = "worker", "beat", "watchdog"
PARTS: Final = (WORKER, BEAT, WATCHDOG)
EVERY_SECONDS: Final = 15
# Four rounds: a part that is only busy says something in that time.
SILENT_SECONDS: Final = 60


def silent_parts(seconds: int = SILENT_SECONDS) -> tuple[str, ...]:
    """The parts that have said nothing for so long, or never; one query."""
    heard = {
        part
        for (part,) in fetch_all("SELECT part FROM jobs_signoflife WHERE at > clock_timestamp() - make_interval(secs => %s)", [seconds])
    }
    return tuple(part for part in PARTS if part not in heard)
