"""Legal entities, units and number sequences as records of setup."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.access.scope import Scope
from core.lib import parsing
from core.lib.imports import ImportKind
from core.masterdata.declaration import FieldProblem, MasterColumn, MasterData, Section
from core.masterdata.fields import RuleField, number_input, text_field
from core.masterdata.forms import MasterDataForm
from parameters.models import Currency, LegalEntity, NumberSequence, Unit
from parameters.rules.file_columns import LEGAL_ENTITIES as FILE
from parameters.rules.file_columns import currency_decimals, unit_code
from parameters.rules.master_data import number_problem
from parameters.writes import add_currencies

GENERAL = _("General")
NEVER_CHANGES = _("Files and tills name it by this code, so it never changes.")
NAME_HELP = _("What people read. Blank: the code.")


class CurrencyField(RuleField):
    """A currency by its code; one that is not there yet is made when the record is saved."""

    def clean(self, value: Any) -> Any:
        """The currency, perhaps not stored yet."""
        code = super().clean(value)
        return Currency.objects.filter(code=code).first() or Currency(code=code, decimals=currency_decimals(code))


class CurrencyForm(MasterDataForm):
    """A form with a currency."""

    def _get_validation_exclusions(self) -> set[str]:
        # A new currency is made with the record.
        return super()._get_validation_exclusions() | {"currency"}


def make_currency(row: Any) -> None:
    """The currency that a record names."""
    add_currencies({row.currency_id})


class LegalEntityForm(CurrencyForm):
    code = RuleField(FILE.column("legal_entity"), label=_("Legal entity"), help_text=NEVER_CHANGES)
    name = RuleField(FILE.column("name"), label=_("Name"), help_text=NAME_HELP)
    currency = CurrencyField(
        FILE.column("currency"), label=_("Currency"), help_text=_("Its books are kept in it: three capital letters such as USD.")
    )

    class Meta:
        model = LegalEntity
        fields = ("code", "name", "currency")


LEGAL_ENTITIES = MasterData(
    slug="legal-entities",
    model=LegalEntity,
    form=LegalEntityForm,
    one=_("Legal entity"),
    many=_("Legal entities"),
    purpose=_("Companies that keep books. A new one gets Retail parameters, a chart of accounts and posting profiles."),
    sections=(Section(GENERAL, ("code", "name", "currency")),),
    columns=(MasterColumn("code", _("Legal entity")), MasterColumn("name", _("Name")), MasterColumn("currency", _("Currency"))),
    related=("currency",),
    imports=(ImportKind.LEGAL_ENTITIES,),
    before_save=make_currency,
)


class UnitForm(MasterDataForm):
    code = text_field(unit_code, label=_("Unit"), help_text=NEVER_CHANGES)
    name = text_field(parsing.name, blank="", label=_("Name"), help_text=NAME_HELP)

    class Meta:
        model = Unit
        fields = ("code", "name")


UNITS = MasterData(
    slug="units",
    model=Unit,
    form=UnitForm,
    one=_("Unit"),
    many=_("Units"),
    purpose=_("What items are counted in."),
    sections=(Section(GENERAL, ("code", "name")),),
    columns=(MasterColumn("code", _("Unit")), MasterColumn("name", _("Name"))),
)


class NumberSequenceForm(MasterDataForm):
    code = text_field(parsing.code, label=_("Sequence"), help_text=_("What is numbered; made on first use."))
    next_number = text_field(
        parsing.whole,
        label=_("Next number"),
        help_text=_("The number that is given out next. It can be raised, never lowered: the numbers before it are given out."),
        widget=number_input("numeric"),
    )

    class Meta:
        model = NumberSequence
        fields = ("code", "next_number")


def only_upwards(before: NumberSequence | None, after: NumberSequence) -> Iterable[FieldProblem]:
    """Numbers are never given out twice."""
    problem = number_problem(after.code, before.next_number if before else 1, after.next_number)
    if problem:
        yield FieldProblem("next_number", problem)


# Sequences of stores are called by this and the code of the store.
OF_STORES = "statement:"


def of_own_stores(scope: Scope) -> Q:
    """Sequences of the person's stores; all of them for who has all stores."""
    return Q() if scope.everything else Q(code__in=[f"{OF_STORES}{code}" for code in sorted(scope.store_codes)])


NUMBER_SEQUENCES = MasterData(
    slug="number-sequences",
    model=NumberSequence,
    form=NumberSequenceForm,
    one=_("Number sequence"),
    many=_("Number sequences"),
    purpose=_("The next number of statements per store. A sequence is made on its first use."),
    sections=(Section(GENERAL, ("code", "next_number")),),
    columns=(MasterColumn("code", _("Sequence")), MasterColumn("next_number", _("Next number"))),
    search=("code",),
    within=of_own_stores,
    may_add=False,
    checks=(only_upwards,),
)
