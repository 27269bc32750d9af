"""Stores, terminals, customers and payment methods as records of setup."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.lib import parsing
from core.lib.imports import ImportKind
from core.lib.problems import Problem
from core.masterdata.declaration import FieldProblem, MasterColumn, MasterData, Section, Use
from core.masterdata.fields import Choice, RuleField, number_input, on_off, text_field
from core.masterdata.forms import MasterDataForm
from inventory.models import Warehouse
from ledger.models import PostingProfile
from orders.models import Customer, PaymentMethod, SalesOrder, Store, Terminal
from orders.rules.file_columns import CUSTOMERS as CUSTOMERS_FILE
from orders.rules.file_columns import STORES as STORES_FILE
from orders.rules.file_columns import closing_problem, known_time_zones, rounding_limit_problem, store_currency_problem
from orders.services.store_documents import move_problems
from orders.writes.master_data import ensure_walk_in_customers
from parameters.records import GENERAL, NAME_HELP, NEVER_CHANGES, CurrencyField, CurrencyForm, make_currency
from parameters.rules.file_columns import unit_code

NAME = MasterColumn("name", _("Name"))


def time_zones() -> list[tuple[str, str]]:
    """All names that the rule knows, behind a blank."""
    return [("", ""), *((name, name) for name in sorted(known_time_zones()))]


class StoreForm(CurrencyForm):
    code = RuleField(STORES_FILE.column("store"), label=_("Store"), help_text=NEVER_CHANGES)
    name = RuleField(STORES_FILE.column("name"), label=_("Name"), help_text=NAME_HELP)
    warehouse = Choice(
        Warehouse,
        company="legal_entity",
        label=_("Warehouse"),
        help_text=_("Sales of statements that are calculated from now on leave it."),
    )
    currency = CurrencyField(
        STORES_FILE.column("currency"), label=_("Currency"), help_text=_("Sales in another currency are refused. Three capital letters.")
    )
    time_zone = forms.ChoiceField(
        choices=time_zones, label=_("Time zone"), help_text=_("Turns the moment of a sale into the store's date.")
    )
    end_of_business_day = RuleField(
        STORES_FILE.column("end_of_business_day"),
        label=_("End of business day"),
        help_text=_("Sales before this time belong to the day before. Blank: midnight."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    rounding_limit = RuleField(
        STORES_FILE.column("rounding_limit"),
        required=True,
        label=_("Rounding limit"),
        help_text=_("Lines, totals and payments of a transaction may differ by so much; the cents go to the rounding account."),
        widget=number_input(),
    )
    statement_method = forms.ChoiceField(
        choices=Store.StatementMethod,
        label=_("Statement method"),
        help_text=_("What is counted together: all drawers of the day, each terminal, each shift, or what each person took."),
    )
    statement_model = forms.ChoiceField(
        choices=Store.StatementModel,
        required=False,
        label=_("Statement model"),
        help_text=_("One statement for a day, or transactional ones through the day for its sales and a financial one for its money."),
    )
    closing_method = forms.ChoiceField(
        choices=Store.ClosingMethod,
        label=_("Closing method"),
        help_text=_("What is stated when: the money of a day, or of each shift once it is closed (then Statement method is Shift)."),
    )
    number_series = forms.ChoiceField(
        choices=Store.NumberSeries,
        label=_("Numbers of transactions"),
        help_text=_("Where they begin anew each day, a transaction is known by date and number, as 20260501-0001."),
    )
    count = forms.ChoiceField(choices=Store.Count, label=_("Count"), help_text=_("What holds when one drawer was counted several times."))

    class Meta:
        model = Store
        fields = (
            "code",
            "name",
            "warehouse",
            "currency",
            "time_zone",
            "end_of_business_day",
            "rounding_limit",
            "statement_method",
            "count",
            "statement_model",
            "closing_method",
            "number_series",
        )


def make_currency_and_walk_in(row: Any) -> None:
    """What a store refers to and its form does not ask for."""
    make_currency(row)
    if row.walk_in_customer_id is None:
        row.walk_in_customer_id = ensure_walk_in_customers([row.code])[row.code]


def company_stays(before: Store | None, after: Store) -> Iterable[FieldProblem]:
    """The store's documents are in the books of the company that it sold for."""
    if before and after.warehouse and before.warehouse_id != after.warehouse_id:
        for problem in move_problems([(before.pk, before.code, after.warehouse.legal_entity.code)]).values():
            yield FieldProblem("warehouse", problem)


def currency_fits(before: Store | None, after: Store) -> Iterable[FieldProblem]:
    """The store sells in the currency of its company."""
    if after.warehouse:
        company = after.warehouse.legal_entity
        problem = store_currency_problem(after.code, after.currency_id, company.code, company.currency_id)
        if problem:
            yield FieldProblem("currency", problem)
            return
        limit = after.rounding_limit
        changed = before is None or (before.rounding_limit, before.currency_id) != (limit, after.currency_id)
        if changed and (problem := rounding_limit_problem(limit, company.currency_id, company.currency.decimals)):
            yield FieldProblem("rounding_limit", problem)


def closes_as_it_counts(before: Store | None, after: Store) -> Iterable[FieldProblem]:
    """Whoever closes by shift counts by shift."""
    if problem := closing_problem(after.code, after.closing_method, after.statement_method):
        yield FieldProblem("statement_method", problem)


STORES = MasterData(
    slug="stores",
    model=Store,
    form=StoreForm,
    one=_("Store"),
    many=_("Stores"),
    purpose=_("Where customers buy. Each has a warehouse and a walk-in customer of its own."),
    sections=(
        Section(GENERAL, ("code", "name", "warehouse", "currency")),
        Section(_("Business day"), ("time_zone", "end_of_business_day", "number_series")),
        Section(_("Statement"), ("statement_model", "closing_method", "statement_method", "count", "rounding_limit")),
    ),
    columns=(
        MasterColumn("code", _("Store")),
        NAME,
        MasterColumn("warehouse", _("Warehouse")),
        MasterColumn("currency", _("Currency"), wide=True),
        MasterColumn("time_zone", _("Time zone"), wide=True),
        MasterColumn("end_of_business_day", _("End of business day"), wide=True),
    ),
    related=("warehouse", "currency"),
    within=lambda scope: scope.stores(""),
    imports=(ImportKind.STORES,),
    checks=(company_stays, currency_fits, closes_as_it_counts),
    before_save=make_currency_and_walk_in,
    uses=(Use(_("Terminals"), Terminal, "store"), Use(_("Sales orders"), SalesOrder, "store")),
)


class TerminalForm(MasterDataForm):
    fixed = ("store", "code")
    store = Choice(Store, company="warehouse__legal_entity", label=_("Store"), help_text=_("The store that the till stands in, for good."))
    code = text_field(parsing.code, label=_("Terminal"), help_text=_("What the till calls itself in its transactions; it never changes."))
    name = text_field(parsing.name, blank="", label=_("Name"), help_text=NAME_HELP)

    class Meta:
        model = Terminal
        fields = ("store", "code", "name")


TERMINALS = MasterData(
    slug="terminals",
    model=Terminal,
    form=TerminalForm,
    one=_("Terminal"),
    many=_("Terminals"),
    purpose=_("Tills. One that a transaction names for the first time is made by the import."),
    sections=(Section(GENERAL, ("store", "code", "name")),),
    columns=(
        MasterColumn("code", _("Terminal")),
        NAME,
        MasterColumn("store", _("Store")),
        MasterColumn("store__name", _("Store name"), wide=True),
    ),
    search=("code", "name", "store__code"),
    order=("store", "code"),
    related=("store",),
    within=lambda scope: scope.stores(),
)


class CustomerForm(MasterDataForm):
    code = RuleField(CUSTOMERS_FILE.column("customer"), label=_("Customer"), help_text=NEVER_CHANGES)
    name = RuleField(CUSTOMERS_FILE.column("name"), label=_("Name"), help_text=NAME_HELP)
    blocked = on_off(label=_("Blocked"), help_text=_("Sales to the customer raise a validation problem."))
    on_hold = on_off(label=_("On hold"), help_text=_("Nothing is sold to the customer on account."))
    credit_limit = RuleField(
        CUSTOMERS_FILE.column("credit_limit"),
        label=_("Credit limit"),
        help_text=_("The customer may owe so much on account. Blank: no limit."),
        widget=number_input(),
    )
    email = text_field(parsing.name, blank="", label=_("E-mail"), help_text="")
    phone = text_field(parsing.name, blank="", label=_("Telephone"), help_text="")
    address = text_field(parsing.name, blank="", label=_("Address"), help_text="")

    class Meta:
        model = Customer
        fields = ("code", "name", "blocked", "on_hold", "credit_limit", "email", "phone", "address")


CUSTOMERS = MasterData(
    slug="customers",
    model=Customer,
    form=CustomerForm,
    one=_("Customer"),
    many=_("Customers"),
    purpose=_("Who buys. Each store has a walk-in customer of its own."),
    sections=(
        Section(GENERAL, ("code", "name", "blocked")),
        Section(_("On account"), ("credit_limit", "on_hold")),
        Section(_("Contact"), ("email", "phone", "address")),
    ),
    columns=(MasterColumn("code", _("Customer")), NAME, MasterColumn("blocked", _("Blocked"))),
    imports=(ImportKind.CUSTOMERS, ImportKind.STORES),
    links=((_("Account"), "invoice", "orders:account"),),
    uses=(Use(_("Stores that call it their walk-in customer"), Store, "walk_in_customer"), Use(_("Sales orders"), SalesOrder, "customer")),
)


class PaymentMethodForm(MasterDataForm):
    code = text_field(unit_code, label=_("Payment method"), help_text=NEVER_CHANGES)
    name = text_field(parsing.name, blank="", label=_("Name"), help_text=NAME_HELP)

    class Meta:
        model = PaymentMethod
        fields = ("code", "name")


PAYMENT_METHODS = MasterData(
    slug="payment-methods",
    model=PaymentMethod,
    form=PaymentMethodForm,
    one=_("Payment method"),
    many=_("Payment methods"),
    purpose=_("How customers pay. A new one needs a posting profile of the type Payment before it can be posted."),
    sections=(Section(GENERAL, ("code", "name")),),
    columns=(MasterColumn("code", _("Payment method")), NAME),
)


def payment_method_exists(before: PostingProfile | None, after: PostingProfile) -> Iterable[FieldProblem]:
    """The payment method of a posting profile is one of the stores."""
    method = after.payment_method
    if method and not PaymentMethod.objects.filter(code=method).exists():
        yield FieldProblem("payment_method", Problem("UNKNOWN_PAYMENT_METHOD", {"method": method}, variant="of_profile"))
