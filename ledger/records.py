"""Accounts, posting profiles and fiscal periods as records of setup."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.access.scope import Scope
from core.i18n.texts import count_text
from core.lib import parsing
from core.lib.problems import Problem
from core.masterdata.declaration import Author, FieldProblem, MasterColumn, MasterData, Section, Use, of_company
from core.masterdata.fields import Choice, text_field
from core.masterdata.forms import MasterDataForm
from core.tables.filters import date_input
from ledger.models import FiscalPeriod, MainAccount, PostingProfile, Voucher, VoucherLine
from ledger.rules.master_data import Span, company_currency_problem, payment_method_problem, period_problem
from ledger.services import OPEN_IN_PERIOD, PeriodQuestion, ensure_books_of_new_company
from parameters.models import LegalEntity
from parameters.records import GENERAL


class MainAccountForm(MasterDataForm):
    fixed = ("number",)
    number = text_field(parsing.code, label=_("Account"), help_text=_("Its number in the chart of accounts; it never changes."))
    name = text_field(parsing.name, label=_("Name"), help_text=_("What people read on vouchers."))

    class Meta:
        model = MainAccount
        fields = ("number", "name", "account_type")
        labels = {"account_type": _("Type")}
        help_texts = {"account_type": _("Where the account stands in balance sheet and result; fixed once something is posted to it.")}


def account_in_use(before: MainAccount | None, after: MainAccount) -> Iterable[FieldProblem]:
    """What is posted is not moved to another side of the books."""
    if before and before.account_type != after.account_type and VoucherLine.objects.filter(account=before).exists():
        stays = before.get_account_type_display()
        yield FieldProblem("account_type", Problem("ACCOUNT_IN_USE", {"account": before.number, "type": stays}))


def still_posted_to(before: MainAccount | None, after: MainAccount) -> Iterable[str]:
    """Profiles go on posting to an account that is no longer offered."""
    if before and before.is_active and not after.is_active:
        number = PostingProfile.objects.filter(account=before).count()
        if number:
            yield ngettext(
                "%(count)s posting profile still posts to this account, and goes on doing so.",
                "%(count)s posting profiles still post to this account, and go on doing so.",
                number,
            ) % {"count": count_text(number)}


MAIN_ACCOUNTS = MasterData(
    slug="accounts",
    model=MainAccount,
    form=MainAccountForm,
    one=_("Account"),
    many=_("Chart of accounts"),
    purpose=_("What vouchers are posted to."),
    sections=(Section(GENERAL, ("number", "name", "account_type")),),
    columns=(MasterColumn("number", _("Account")), MasterColumn("name", _("Name")), MasterColumn("account_type", _("Type"))),
    search=("number", "name"),
    order=("number",),
    within=of_company,
    owned=True,
    checks=(account_in_use,),
    effects=(still_posted_to,),
    uses=(Use(_("Posting profiles"), PostingProfile, "account"), Use(_("Voucher lines"), VoucherLine, "account")),
)


class PostingProfileForm(MasterDataForm):
    fixed = ("posting_type", "payment_method")
    payment_method = text_field(
        parsing.code, blank="", label=_("Payment method"), help_text=_("For the posting type Payment: the code of the payment method.")
    )
    account = Choice(
        MainAccount,
        company="legal_entity",
        order="number",
        label=_("Account"),
        help_text=_("Statements that are posted from now on use it; vouchers that exist stay."),
    )

    class Meta:
        model = PostingProfile
        fields = ("posting_type", "payment_method", "account")
        labels = {"posting_type": _("Posting type")}
        help_texts = {"posting_type": _("What is posted to the account.")}


def profile_fits(before: PostingProfile | None, after: PostingProfile) -> Iterable[FieldProblem]:
    """Account and payment method belong to the profile."""
    if after.account.legal_entity_id != after.legal_entity_id:
        yield FieldProblem("account", Problem("ACCOUNT_OF_OTHER_COMPANY", {"account": after.account.number}))
    problem = payment_method_problem(after.posting_type, after.payment_method)
    if problem:
        yield FieldProblem("payment_method", problem)


POSTING_PROFILES = MasterData(
    slug="posting-profiles",
    model=PostingProfile,
    form=PostingProfileForm,
    one=_("Posting profile"),
    many=_("Posting profiles"),
    purpose=_("Which account each kind of posting goes to. Without one, what needs it cannot be posted."),
    sections=(Section(GENERAL, ("posting_type", "payment_method", "account")),),
    columns=(
        MasterColumn("posting_type", _("Posting type")),
        MasterColumn("payment_method", _("Payment method")),
        MasterColumn("account", _("Account")),
        MasterColumn("account__name", _("Name"), wide=True),
    ),
    search=("posting_type", "payment_method", "account__number", "account__name"),
    order=("posting_type", "payment_method"),
    related=("account",),
    within=of_company,
    owned=True,
    checks=(profile_fits,),
)


def period_day(text: str) -> date:
    """A date whose year can be meant. Raises FieldError."""
    return parsing.usable_day(parsing.day(text))


class FiscalPeriodForm(MasterDataForm):
    fixed = ()
    starts_on = text_field(period_day, label=_("Starts on"), help_text=_("First day of the period."), widget=date_input())
    ends_on = text_field(period_day, label=_("Ends on"), help_text=_("Last day of the period; periods never overlap."), widget=date_input())

    class Meta:
        model = FiscalPeriod
        fields = ("starts_on", "ends_on", "status", "stock_status")
        labels = {"status": _("Status"), "stock_status": _("Stock")}
        help_texts = {
            "status": _("Nothing is posted on the days of a closed period until it is opened again."),
            "stock_status": _("No goods move on the days of a closed stock period; all else is still posted."),
        }

    def clean(self) -> dict[str, Any]:
        """The dates of one period; the others are asked when it is saved."""
        cleaned = super().clean()
        if not self.errors:
            problem = period_problem(Span(cleaned["starts_on"], cleaned["ends_on"]), [])
            if problem:
                self.add_problems([FieldProblem("ends_on", problem)])
        return cleaned


def period_fits(before: FiscalPeriod | None, after: FiscalPeriod) -> Iterable[FieldProblem]:
    """No overlap, and no day with vouchers is lost."""
    others = FiscalPeriod.objects.filter(legal_entity=after.legal_entity_id).exclude(pk=after.pk)
    wanted = Span(after.starts_on, after.ends_on)
    problem = period_problem(wanted, [Span(*dates) for dates in others.values_list("starts_on", "ends_on")])
    if problem:
        yield FieldProblem("ends_on", problem)
    elif before and (before.starts_on < after.starts_on or before.ends_on > after.ends_on):
        posted = Voucher.objects.filter(legal_entity=after.legal_entity_id, date__range=(before.starts_on, before.ends_on))
        lost = posted.exclude(date__range=wanted).order_by("date").first()
        if lost:
            yield FieldProblem("ends_on", Problem("PERIOD_IN_USE", {"voucher": lost.number, "day": lost.date}))


def period_closes(before: FiscalPeriod | None, after: FiscalPeriod) -> Iterable[str]:
    """What is not posted in a closed period fails until it is opened again."""
    closed = FiscalPeriod.Status.CLOSED
    closes = after.status == closed and not (before and before.status == closed)
    closes_stock = after.stock_status == closed and not (before and before.stock_status == closed)
    if not closes and not closes_stock:
        return
    found = list(OPEN_IN_PERIOD.ask(PeriodQuestion(after.legal_entity_id, after.starts_on, after.ends_on, goods=not closes)))
    if statements := sum(one.kind == "statement" for one in found):
        yield ngettext(
            "%(count)s statement of the period is not posted; it cannot be posted while the period is closed.",
            "%(count)s statements of the period are not posted; they cannot be posted while the period is closed.",
            statements,
        ) % {"count": count_text(statements)}
    if transactions := sum(one.documents for one in found if one.kind == "transactions"):
        yield ngettext(
            "%(count)s transaction of the period is on no statement yet; it cannot be posted while the period is closed.",
            "%(count)s transactions of the period are on no statement yet; they cannot be posted while the period is closed.",
            transactions,
        ) % {"count": count_text(transactions)}


FISCAL_PERIODS = MasterData(
    slug="fiscal-periods",
    model=FiscalPeriod,
    form=FiscalPeriodForm,
    one=_("Fiscal period"),
    many=_("Fiscal periods"),
    purpose=_("Spans of dates that are open or closed for posting. Months are opened on first use until one is closed."),
    sections=(Section(GENERAL, ("starts_on", "ends_on", "status", "stock_status")),),
    columns=(
        MasterColumn("starts_on", _("Starts on")),
        MasterColumn("ends_on", _("Ends on")),
        MasterColumn("status", _("Status")),
        MasterColumn("stock_status", _("Stock")),
    ),
    search=(),
    order=("-starts_on",),
    within=of_company,
    owned=True,
    checks=(period_fits,),
    effects=(period_closes,),
)


def own_companies(scope: Scope) -> Q:
    """Companies that the person works in; all of them for somebody who sees everything."""
    return Q() if scope.everything else Q(pk__in=sorted(scope.company_ids))


def currency_in_use(before: LegalEntity | None, after: LegalEntity) -> Iterable[FieldProblem]:
    """Amounts of posted vouchers have no currency of their own: it is their company's."""
    problem = company_currency_problem(before.code, before.currency_id, after.currency_id) if before else None
    if problem and Voucher.objects.filter(legal_entity=before).exists():
        yield FieldProblem("currency", problem)


def make_books(row: LegalEntity, author: Author) -> None:
    """A new company can post at once."""
    ensure_books_of_new_company(row.pk, author.name)
