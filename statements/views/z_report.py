"""Z reports of the tills of a statement's day: entered, compared with their transactions, printed."""

from datetime import UTC, datetime, time
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.access.access import access_of
from core.i18n.texts import day_text, decimal_text
from core.printing.paper import Paper, PaperColumn
from orders.views.papers import as_file
from statements.forms import ZReportForm
from statements.models import PosTransaction, Statement
from statements.rules.z_report import COUNTS
from statements.services.z_report import PrintedReport, RegisterReport, enter_z_report, read_registers
from statements.views.detail import get_statement_or_404

WRONG = 422
LONGEST_SHIFT = 9
NAMES = {
    "transactions": gettext_lazy("Sales"),
    "returns": gettext_lazy("Sales with returns"),
    "voids": gettext_lazy("Voided sales"),
    "drawer_events": gettext_lazy("Drawer events"),
    "net": gettext_lazy("Net"),
    "tax": gettext_lazy("Tax"),
    "total": gettext_lazy("Total"),
}


def name_of(figure: str) -> str:
    """What a figure is called."""
    if figure in NAMES:
        return str(NAMES[figure])
    kind, _, of = figure.partition(":")
    if kind == "tax":
        return gettext("Tax at %(rate)s %%") % {"rate": of}
    if kind == "drawer":
        return str(dict(PosTransaction.Kind.choices).get(of, of))
    return gettext("Paid by %(method)s") % {"method": of}


def register_or_404(request: HttpRequest, statement: Statement, terminal_id: int) -> RegisterReport:
    """The till, and the shift that the query names; raises Http404."""
    shift = request.GET.get("shift", "")
    number = int(shift) if shift.isdecimal() and len(shift) <= LONGEST_SHIFT else None
    for one in read_registers(statement.store_id, statement.business_date):
        if one.register == (terminal_id, number):
            return one
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show_z_report(request: HttpRequest, statement_id: int, terminal_id: int) -> HttpResponse:
    """What the till printed, figure by figure, against what its transactions come to."""
    statement = get_statement_or_404(request, statement_id)
    one = register_or_404(request, statement, terminal_id)
    may_enter = access_of(request).may("statements:z_report", "POST")
    form = ZReportForm(
        request.POST if request.method == "POST" else None,
        figures=[(line.figure, name_of(line.figure), line.figure in COUNTS) for line in one.lines],
        printed={line.figure: line.printed for line in one.lines},
    )
    if form.is_valid():
        printed = PrintedReport(statement.store.code, one.terminal, statement.business_date, one.register.shift, form.typed())
        done = enter_z_report(printed, request.user.get_username())
        if done.differing:
            names = ", ".join(name_of(line.figure) for line in done.differing)
            messages.warning(request, gettext("The Z report is entered; it differs in: %(figures)s.") % {"figures": names})
        else:
            messages.success(request, gettext("The Z report is entered and agrees with the transactions."))
        return redirect(request.get_full_path())
    query = "" if one.register.shift is None else f"?shift={one.register.shift}"
    pages = {page: reverse(f"statements:{page}", args=[statement.pk, terminal_id]) + query for page in ("z_report_print", "z_report_pdf")}
    context = {
        "statement": statement,
        "one": one,
        "rows": [(name_of(line.figure), line, form[line.figure], line.figure in COUNTS) for line in one.lines],
        "form": form,
        "may_enter": may_enter,
        **pages,
    }
    return render(request, "statements/z_report.html", context, status=WRONG if form.is_bound else 200)


@require_safe
@never_cache
def show_paper(request: HttpRequest, statement_id: int, terminal_id: int) -> HttpResponse:
    """The comparison as a page to print."""
    statement = get_statement_or_404(request, statement_id)
    one = register_or_404(request, statement, terminal_id)
    query = "" if one.register.shift is None else f"?shift={one.register.shift}"
    back, pdf = (reverse(f"statements:{page}", args=[statement.pk, terminal_id]) + query for page in ("z_report", "z_report_pdf"))
    return render(request, "orders/paper.html", {"paper": paper_of(statement, one), "back": back, "pdf": pdf})


@require_safe
@never_cache
def print_pdf(request: HttpRequest, statement_id: int, terminal_id: int) -> HttpResponse:
    """The comparison as PDF."""
    statement = get_statement_or_404(request, statement_id)
    return as_file(paper_of(statement, register_or_404(request, statement, terminal_id)))


def paper_of(statement: Statement, one: RegisterReport) -> Paper:
    """What the till printed beside what its transactions come to."""
    places = statement.store.currency.decimals

    def text(figure: str, amount: Decimal | None) -> str:
        if amount is None:
            return ""
        return decimal_text(amount) if figure in COUNTS else decimal_text(amount, places)

    shift = [] if one.register.shift is None else [(gettext("Shift"), str(one.register.shift))]
    return Paper(
        title=gettext("Z report"),
        number="-".join((statement.store.code, one.terminal, statement.business_date.isoformat(), *(value for _, value in shift))),
        issuer=(f"{statement.store.code} {statement.store.name}".strip(),),
        recipient=(),
        facts=[(gettext("Business date"), day_text(statement.business_date)), (gettext("Terminal"), one.terminal), *shift],
        columns=(
            PaperColumn(gettext("Figure"), 60),
            PaperColumn(gettext("Printed by the till"), 40, number=True),
            PaperColumn(gettext("From the transactions"), 40, number=True),
            PaperColumn(gettext("Difference"), 40, number=True),
        ),
        rows=[
            (
                name_of(line.figure),
                text(line.figure, line.printed),
                text(line.figure, line.computed),
                "" if line.printed is None else text(line.figure, line.difference),
            )
            for line in one.lines
        ],
        sums=(),
        notes=(),
        at=one.report.at if one.report else datetime.combine(statement.business_date, time(), UTC),
        language=get_language() or "en",
        page_words=gettext("Page %(page)s of %(pages)s"),
    )
