"""Customer orders by the clock."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy

from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.services.deliveries import DELIVERIES, request_deliveries
from retailhq.jobs.models import Job
from retailhq.jobs.recurring import register_recurring
from retailhq.jobs.writes import finish_job, request_job


@transaction.atomic
def start_invoicing(title: str, actor: User) -> Job:
    """Invoices everything that is open of customer orders; a job that is done at once when there is nothing."""
    job, _ = request_deliveries(open_orders(), Verb.INVOICE, actor.pk, actor.get_username())
    if job is None:
        job = request_job(DELIVERIES.kind, title, 0, {}, actor.pk)
        finish_job(job.pk, Job.Status.DONE, '{"invoiced": 0}')
    return job


register_recurring(
    DELIVERIES.kind,
    gettext_lazy("Invoice customer orders"),
    gettext_lazy("Delivers and invoices what is open of customer orders, failed ones too; what is not paid goes on account."),
    start_invoicing,
)
