"""Evidence packages written in the background; the file is at the job (docs/exports.md#evidence)."""

from functools import partial
from tempfile import TemporaryFile

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext_lazy

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.files.storage import write_file
from core.jobs.kinds import JobResult, register_kind, written_problems
from core.jobs.models import Job
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.messages import Message
from core.lib.problems import BusinessError
from retailhq.exchange.services.evidence import write_evidence

EVIDENCE = "evidence"
BLOCK = 1 << 20


def request_evidence(number: str, user: User | AnonymousUser) -> Job:
    """Asks for the package of a posted statement; who asked stands in the audit trail."""
    job = request_work(EVIDENCE, Message("Evidence of {statement}", {"statement": number}), {"statement": number}, user)
    record_audit(AuditEntry.Action.EXPORT, user.get_username(), number, {"kind": EVIDENCE, "job": job.pk})
    return job


def make_evidence(run: Run) -> JobResult:
    """The work: the package as a file; a statement that was reversed or unposted since says so."""
    number = run.arguments["statement"]
    with TemporaryFile() as package:
        try:
            done = write_evidence(number, package)
        except BusinessError as error:
            return JobResult({"problems": written_problems(error.problems)}, failed=True)
        package.seek(0)
        file = write_file(f"evidence-{number}.zip", "application/zip", iter(partial(package.read, BLOCK), b""), run.user)
    return JobResult({"files": done["files"], "seal": done["seal"]}, [file])


register_kind(EVIDENCE, make_evidence, unit=gettext_lazy("files"))
