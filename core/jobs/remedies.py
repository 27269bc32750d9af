"""What puts right a job that ended badly."""

from core.lib.messages import Message
from core.lib.ways import Page, Sender, for_codes, merged

_AGAIN = Page("jobs:repeat", Message("Repeat the job"), args=("{job_id}",), post=True)
WAYS = merged(
    for_codes("DATABASE_WITHOUT_ROOM", Sender(Message("The operator frees room on the disk of the database."))),
    for_codes("DATABASE_READ_ONLY", Sender(Message("The operator makes the database writable."))),
    for_codes(
        "GAVE_UP UNEXPECTED_ERROR_IN_JOB DATABASE_WITHOUT_ROOM DATABASE_READ_ONLY",
        _AGAIN,
        Page("jobs:list", Message("Open the failed jobs"), query={"show": "failed"}),
    ),
    for_codes("UNKNOWN_JOB_KIND", Sender(Message("The operator brings all workers to one version.")), _AGAIN),
)
