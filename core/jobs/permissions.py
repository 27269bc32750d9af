"""Rights: who may open the pages of jobs."""

from core.access.pages import SIGNED_IN, Requirement
from core.access.rights import rights

PAGES: dict[str, Requirement] = {
    # Jobs: everybody sees their own, `jobs.view_job` is the right to see those of others
    "jobs:list": SIGNED_IN,
    "jobs:bell": SIGNED_IN,
    "jobs:latest": SIGNED_IN,
    "jobs:detail": SIGNED_IN,
    "jobs:cancel": SIGNED_IN,
    "jobs:repeat": SIGNED_IN,
    "jobs:file": SIGNED_IN,
    "jobs:recurrences": "jobs.manage_recurrence",
    "jobs:new_recurrence": "jobs.manage_recurrence",
    "jobs:recurrence": "jobs.manage_recurrence",
    "jobs:delete_recurrence": "jobs.manage_recurrence",
    "jobs:pause": "jobs.manage_recurrence",
    "jobs:run_now": "jobs.manage_recurrence",
}

OWN_RIGHTS = {"jobs.manage_recurrence": "job"}
RIGHTS = (
    ("poster auditor administrator", rights("jobs", "view", "job")),
    ("administrator", frozenset(OWN_RIGHTS)),
)
