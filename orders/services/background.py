"""Customer orders in the background: pending ones are taken, open ones invoiced; asked for by people or by the clock."""

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils.translation import gettext_lazy

from core.jobs.kinds import JobResult, register_kind
from core.jobs.models import Job
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from core.jobs.writes import finish_job, request_job
from core.lib.messages import Message
from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import DELIVERIES, request_deliveries
from orders.services.pending import synchronize_orders

SYNCHRONIZE = "synchronize_orders"


def request_synchronization(pending_ids: list[int] | None, title: Message | str, user: User | AnonymousUser) -> Job:
    """Asks for orders to be made of what waits, of these pending orders or of all."""
    return request_work(SYNCHRONIZE, title, {"pending": pending_ids}, user)


def synchronize(run: Run) -> JobResult:
    """The work of a synchronisation; a second run finds nothing to take."""
    found = synchronize_orders(run.actor, run.arguments.get("pending"), run.progress)
    return JobResult({"created": found.created, "linked": found.linked, "failed": found.failed}, failed=bool(found.failed))


@transaction.atomic
def start_invoicing(title: str, actor: User) -> Job:
    """Invoices everything that is open of customer orders; a job that is done at once when there is nothing."""
    job, _ = request_deliveries(open_orders(), Verb.INVOICE, actor.pk, actor.get_username())
    if job is None:
        job = request_job(DELIVERIES.kind, title, 0, {}, actor.pk)
        finish_job(job.pk, Job.Status.DONE, '{"invoiced": 0}')
    return job


register_kind(SYNCHRONIZE, synchronize, unit=gettext_lazy("orders"))
register_recurring(
    SYNCHRONIZE,
    gettext_lazy("Synchronize orders"),
    gettext_lazy("Makes orders of those that tills handed in without waiting; what cannot be taken stays with its reason."),
    lambda title, actor: request_synchronization(None, title, actor),
)
register_recurring(
    DELIVERIES.kind,
    gettext_lazy("Invoice customer orders"),
    gettext_lazy("Delivers and invoices what is open of customer orders, failed ones too; what is not paid goes on account."),
    start_invoicing,
)
