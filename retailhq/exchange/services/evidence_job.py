"""Evidence packages written in the background; the file is at the job (docs/exports.md#evidence)."""

import re
from datetime import date
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
from retailhq.exchange.services.evidence import write_batch_evidence, write_evidence, write_period_evidence

EVIDENCE = "evidence"
BLOCK = 1 << 20
# Batches may be called as no file can be.
UNSAFE = re.compile(r"[^\w.-]+")


def request_evidence(number: str, user: User | AnonymousUser) -> Job:
    """Asks for the package of a posted statement; who asked stands in the audit trail."""
    return _request(Message("Evidence of {statement}", {"statement": number}), number, {"statement": number}, user)


def request_batch_evidence(item: str, batch: str, user: User | AnonymousUser) -> Job:
    """Asks for the package of a batch; who asked stands in the audit trail."""
    named = {"item": item, "batch": batch}
    return _request(Message("Evidence of batch {batch} of item {item}", named), f"{item} {batch}", named, user)


def request_period_evidence(company: str, first: date, last: date, user: User | AnonymousUser) -> Job:
    """Asks for the package of a company's days; who asked stands in the audit trail."""
    title = Message("Evidence of {company}, {first} to {last}", {"company": company, "first": first, "last": last})
    named = {"company": company, "first": first.isoformat(), "last": last.isoformat()}
    return _request(title, f"{company} {first} {last}", named, user)


def _request(title: Message, subject: str, arguments: dict[str, str], user: User | AnonymousUser) -> Job:
    job = request_work(EVIDENCE, title, dict(arguments), user)
    record_audit(AuditEntry.Action.EXPORT, user.get_username(), subject, {"kind": EVIDENCE, "job": job.pk})
    return job


def make_evidence(run: Run) -> JobResult:
    """The work: the package as a file; a statement that was reversed or unposted since says so."""
    asked = run.arguments
    with TemporaryFile() as package:
        try:
            if "statement" in asked:
                done, name = write_evidence(asked["statement"], package), asked["statement"]
            elif "batch" in asked:
                done, name = write_batch_evidence(asked["item"], asked["batch"], package), f"{asked['item']}-{asked['batch']}"
            else:
                days = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
                done, name = write_period_evidence(asked["company"], *days, package), "-".join((asked["company"], *map(str, days)))
        except BusinessError as error:
            return JobResult({"problems": written_problems(error.problems)}, failed=True)
        package.seek(0)
        file = write_file(f"evidence-{UNSAFE.sub('-', name)}.zip", "application/zip", iter(partial(package.read, BLOCK), b""), run.user)
    return JobResult({"files": done["files"], "seal": done["seal"]}, [file])


register_kind(EVIDENCE, make_evidence, unit=gettext_lazy("files"))
