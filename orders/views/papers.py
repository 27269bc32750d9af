"""Order confirmation and invoice to print: one content for the page and for the PDF."""

from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from core.i18n.texts import day_text, decimal_text, moment_text, price_text
from core.printing.paper import Paper, PaperColumn, Sum
from orders.models import CustomerOrder, Invoice, SalesOrder, SalesOrderLine
from orders.queries import customer_orders as orders
from orders.queries import papers as queries
from orders.rules.fulfilment import DeliveryMode
from orders.views.customer_orders import get_order_or_404
from orders.words import MODES
from parameters.models import Currency


@require_safe
@never_cache
def show_confirmation(request: HttpRequest, order_id: int) -> HttpResponse:
    """The confirmation of a customer order as a page."""
    order = get_order_or_404(request, order_id)
    links = {
        "back": reverse("customer_orders:detail", args=[order.pk]),
        "pdf": reverse("customer_orders:confirmation_pdf", args=[order.pk]),
    }
    return render(request, "orders/paper.html", {"paper": confirmation_of(order), **links})


@require_safe
@never_cache
def print_confirmation(request: HttpRequest, order_id: int) -> HttpResponse:
    """The confirmation of a customer order as PDF."""
    return as_file(confirmation_of(get_order_or_404(request, order_id)))


@require_safe
@never_cache
def show_invoice(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """An invoice as a page to print."""
    invoice = find_invoice(request, invoice_id)
    back, pdf = (reverse(f"orders:{page}", args=[invoice.pk]) for page in ("invoice", "invoice_pdf"))
    return render(request, "orders/paper.html", {"paper": invoice_paper(invoice), "back": back, "pdf": pdf})


@require_safe
@never_cache
def print_invoice(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """An invoice as PDF."""
    return as_file(invoice_paper(find_invoice(request, invoice_id)))


def find_invoice(request: HttpRequest, invoice_id: int) -> Invoice:
    """The invoice, if the person sees its store; raises Http404."""
    invoice = queries.invoice_to_print(access_of(request).scope, invoice_id)
    if invoice is None:
        raise Http404
    return invoice


def as_file(paper: Paper) -> HttpResponse:
    """The paper as PDF, shown by the browser; the library and its fonts are imported by the first one."""
    from core.printing.paper_pdf import pdf_of

    response = HttpResponse(pdf_of(paper), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"{paper.number}.pdf") or "inline"
    return response


def confirmation_of(order: CustomerOrder) -> Paper:
    """What the customer ordered, paid ahead and still has to pay; four queries."""
    head, currency = order.order, order.currency
    zone = ZoneInfo(head.store.time_zone)
    money, rounding = orders.money_of(order), queries.rounding_of(order.pk)
    rows = [
        (
            *line_head(line, line.quantity),
            *(price_text(line.price, currency.decimals), amount(line.discount, currency) if line.discount else ""),
            *(amount(line.net, currency), amount(line.tax, currency)),
        )
        for line in (row.order_line for row in queries.order_lines(order.pk))
    ]
    due = order.total - order.cancelled + order.charged - money.paid - rounding
    sums = [
        *totals(order.net, order.tax, order.total, currency),
        *([Sum(gettext("Cancelled"), with_currency(-order.cancelled, currency))] if order.cancelled else []),
        *([Sum(gettext("Cancellation charge"), with_currency(order.charged, currency))] if order.charged else []),
        Sum(gettext("Paid"), with_currency(money.paid, currency)),
        *([Sum(gettext("Rounding difference"), with_currency(-rounding, currency))] if rounding else []),
        Sum(gettext("Due"), with_currency(due, currency), strong=True),
    ]
    waits = order.delivery == DeliveryMode.PICKUP and head.status == SalesOrder.Status.CREATED
    return Paper(
        title=gettext("Order confirmation"),
        number=head.number,
        issuer=issuer_of(head),
        recipient=recipient_of(head),
        facts=(
            (gettext("Ordered at"), f"{moment_text(order.ordered_at.astimezone(zone), 'short')} {order.ordered_at.astimezone(zone):%Z}"),
            (gettext("Delivery mode"), str(MODES.get(order.delivery, order.delivery))),
            (gettext("Status"), str(head.get_status_display())),
        ),
        columns=(
            *head_columns(),
            *(PaperColumn(gettext("Price"), 18, number=True), PaperColumn(gettext("Discount"), 17, number=True)),
            *(PaperColumn(gettext("Net"), 19, number=True), PaperColumn(gettext("Tax"), 16, number=True)),
        ),
        rows=rows,
        sums=sums,
        notes=(gettext("Please bring this confirmation when you pick the goods up."),) if waits else (),
        at=order.ordered_at,
        language=get_language() or "en",
        page_words=gettext("Page %(page)s of %(pages)s"),
    )


def invoice_paper(invoice: Invoice) -> Paper:
    """What was delivered, how it was settled and what is still owed; six queries."""
    order, currency = invoice.order, invoice.order.store.currency
    deposit, paid, rounding = queries.settled(invoice)
    rows = [
        (*line_head(line.order_line, line.quantity), *(amount(value, currency) for value in (line.net, line.tax, line.net + line.tax)))
        for line in queries.invoice_lines(invoice.pk)
    ]
    sums = [
        *totals(invoice.net, invoice.tax, invoice.total, currency),
        *([Sum(gettext("Deposit used"), with_currency(-deposit, currency))] if deposit else []),
        Sum(gettext("Paid"), with_currency(-paid, currency)),
        *([Sum(gettext("Rounding difference"), with_currency(-rounding, currency))] if rounding else []),
        Sum(gettext("Due"), with_currency(invoice.total - deposit - paid - rounding, currency), strong=True),
    ]
    zone = ZoneInfo(order.store.time_zone)
    return Paper(
        title=gettext("Credit note") if invoice.total < 0 else gettext("Invoice"),
        number=invoice.number,
        issuer=issuer_of(order),
        recipient=recipient_of(order),
        facts=((gettext("Date"), day_text(invoice.date)), (gettext("Order"), order.number)),
        columns=(
            *head_columns(),
            *(PaperColumn(gettext("Net"), 22, number=True), PaperColumn(gettext("Tax"), 20, number=True)),
            PaperColumn(gettext("Total"), 22, number=True),
        ),
        rows=rows,
        sums=sums,
        notes=(),
        at=datetime.combine(invoice.date, time(), zone),
        language=get_language() or "en",
        page_words=gettext("Page %(page)s of %(pages)s"),
    )


def head_columns() -> tuple[PaperColumn, ...]:
    """Number, item and quantity, as every paper begins."""
    return (
        PaperColumn(gettext("Line"), 12, number=True),
        PaperColumn(gettext("Item"), 66),
        PaperColumn(gettext("Quantity"), 24, number=True),
    )


def line_head(line: SalesOrderLine, quantity: Decimal) -> tuple[str, str, str]:
    """Number, item and quantity of a line."""
    return str(line.line_number), f"{line.item.code} {line.item.name}", f"{decimal_text(quantity)} {line.unit_id}"


def issuer_of(order: SalesOrder) -> tuple[str, ...]:
    """The company and its store."""
    company = order.warehouse.legal_entity
    return company.name or company.code, f"{order.store.code} {order.store.name}".strip()


def recipient_of(order: SalesOrder) -> tuple[str, ...]:
    """Name (else code) and code of the customer."""
    return order.customer.name or order.customer.code, order.customer.code


def totals(net: Decimal, tax: Decimal, total: Decimal, currency: Currency) -> list[Sum]:
    """The three sums at the foot of a paper."""
    named = ((gettext("Net"), net), (gettext("Tax"), tax), (gettext("Total"), total))
    return [Sum(name, with_currency(value, currency)) for name, value in named]


def amount(value: Decimal, currency: Currency) -> str:
    """An amount in the digits of the language, with the currency's decimals."""
    return decimal_text(value, currency.decimals)


def with_currency(value: Decimal, currency: Currency) -> str:
    """An amount with its currency."""
    return f"{amount(value, currency)} {currency.code}"
