"""What people ask for with customer orders."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_POST

from core.access.access import access_of
from core.access.addresses import back_to_asker
from core.i18n.messages import render as render_message
from core.i18n.texts import count_text
from core.jobs.models import Job
from core.tables.selection import ask_to_confirm, selection_of
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import request_deliveries
from orders.views.lists import CUSTOMER_ORDERS


@require_POST
def invoice_selected(request: HttpRequest) -> HttpResponse:
    """Asks for everything open of the orders picked in the list, or of all that match, to be invoiced; says what is left alone."""
    selection = selection_of(request, CUSTOMER_ORDERS)
    if selection.unconfirmed:
        return ask_to_confirm(request, CUSTOMER_ORDERS, selection, gettext("Invoice customer orders"), pgettext("order", "Invoice"))
    if not selection.ids:
        messages.warning(request, gettext("Pick at least one order first."))
        return back_to_list(request)
    actor = request.user.get_username()
    job, deliveries = request_deliveries(selection.ids, Verb.INVOICE, request.user.pk, actor, scope=access_of(request).scope)
    if left := len(selection.ids) - len(deliveries):
        text = ngettext(
            "%(n)s order is done or has a delivery in work; it stays as it is.",
            "%(n)s orders are done or have a delivery in work; they stay as they are.",
            left,
        )
        messages.info(request, text % {"n": count_text(left)})
    if job is not None:
        tell_of_job(request, job)
    return back_to_list(request)


def tell_of_job(request: HttpRequest, job: Job) -> None:
    """Says what happens next, also when the queue is away."""
    job.refresh_from_db(fields=("dispatched_at", "title"))
    name = gettext("Job %(id)s: %(title)s") % {"id": job.pk, "title": render_message(job.title)}
    link = format_html('<a href="{}">{}</a>', reverse("jobs:detail", args=[job.pk]), name)
    if job.dispatched_at is None:
        text = gettext(
            "{} is stored, but the queue does not answer at the moment. It starts by itself when the queue is back; you need not ask again."
        )
        messages.warning(request, format_html(text, link))
    else:
        messages.success(request, format_html(gettext("{} is asked for."), link))


def back_to_list(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asked, with its filters, if it is one of ours."""
    return back_to_asker(request, reverse("customer_orders:list"))
