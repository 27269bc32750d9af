"""Changes of Retail parameters: compare-and-set on their version, every change in the history with who and when; legal entities."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.history import record_history, record_upsert
from core.db.upsert import Upserted, upsert
from core.lib.contributions import Contributions
from core.lib.parsing import shown
from core.lib.problems import REGISTRY, BusinessError, Problem
from parameters.models import DisabledRule, LegalEntity, RetailParameters
from parameters.queries import disabled_rules, validation_rules
from parameters.rules.codes import CHANGED_MEANWHILE, RULE_ALWAYS_ON
from parameters.rules.effects import Effect, ProposedChange
from parameters.rules.file_columns import LegalEntityRow
from parameters.rules.keys import BY_KEY, DISABLED_RULES, NAMES, Value, check_pairs, parse_assignments, too_fine
from parameters.writes import LEGAL_ENTITY, add_currencies, insert_default_parameters

__all__ = [
    "CHANGED_MEANWHILE",
    "CHANGE_EFFECTS",
    "VALUE_REFUSALS",
    "give_parameters",
    "legal_entity_named",
    "save_legal_entities",
    "save_retail_parameters",
    "set_retail_parameters",
]

_SWITCH_AND_VALUE = (
    *("posting_use_default_batch_id", "posting_default_batch_id"),
    *("customer_orders_use_default_batch_id", "customer_orders_default_batch_id"),
)
_ATTEMPTS = 3

# Contributed by higher apps: what a change does to open documents, and why new values (by column) are refused by whatever door.
CHANGE_EFFECTS: Contributions[ProposedChange, Effect] = Contributions()
VALUE_REFUSALS: Contributions[Mapping[str, Value], Problem] = Contributions()


def legal_entity_named(code: str | None) -> LegalEntity:
    """The legal entity of that code, or the only one when none is named. At most two queries.

    Raises BusinessError: UNKNOWN_LEGAL_ENTITY, LEGAL_ENTITY_NEEDED.
    """
    known = list(LegalEntity.objects.filter(code=code) if code is not None else LegalEntity.objects.order_by("code")[:20])
    if len(known) == 1:
        return known[0]
    if code is not None:
        raise BusinessError(Problem("UNKNOWN_LEGAL_ENTITY", {"legal_entity": shown(code)}, variant="unknown"))
    if not known:
        raise BusinessError(Problem("UNKNOWN_LEGAL_ENTITY", variant="none"))
    raise BusinessError(Problem("LEGAL_ENTITY_NEEDED", {"legal_entities": tuple(entity.code for entity in known)}))


def set_retail_parameters(assignments: Sequence[str], legal_entity: str | None, actor: str) -> dict[str, Any]:
    """Sets `KEY=VALUE` texts and gives the values that changed, by key. Nothing is changed when one of them is wrong.

    A page that saves in between makes it read again, so that neither change is lost. Raises BusinessError.
    """
    values, disabled, problems = parse_assignments(assignments, [rule.code for rule in validation_rules()])
    if problems:
        keys = Problem("UNKNOWN_PARAMETER", {"keys": NAMES}, variant="keys")
        listed = any(problem.code == "UNKNOWN_PARAMETER" for problem in problems)
        raise BusinessError(*problems, *(() if listed else (keys,)))
    entity = legal_entity_named(legal_entity)
    for attempt in range(1, _ATTEMPTS + 1):
        record, off = RetailParameters.objects.get(legal_entity=entity), disabled_rules(entity.pk)
        try:
            save_retail_parameters(entity.pk, values, record.version, actor, disabled)
        except BusinessError as error:
            if attempt == _ATTEMPTS or error.problems[0].code != CHANGED_MEANWHILE:
                raise
        else:
            break
    named = ((key, field.field) for key, field in BY_KEY.items() if field.field in values)
    changed: dict[str, Any] = {key: values[field] for key, field in named if values[field] != getattr(record, field)}
    return changed if disabled in (None, off) else {**changed, DISABLED_RULES: ",".join(sorted(disabled or ()))}


@transaction.atomic
def save_retail_parameters(
    legal_entity_id: int, values: Mapping[str, Value], version: int, actor: str, rules_off: Collection[str] | None = None
) -> None:
    """Saves values by column, and with `rules_off` exactly which rules are off, if `version` is still the stored one.

    Raises BusinessError: CHANGED_MEANWHILE when somebody saved since, RULE_ALWAYS_ON for a rule that posting relies on,
    DEFAULT_BATCH_NOT_SET for a switch without its value, and what rooms above refuse.
    """
    if fixed := sorted(code for code in rules_off or () if code in REGISTRY and REGISTRY[code].always_on):
        raise BusinessError(Problem(RULE_ALWAYS_ON, {"rules": fixed}))
    record = RetailParameters.objects.select_related("legal_entity__currency").get(legal_entity_id=legal_entity_id)
    touched = rules_off is not None and _store_rules(legal_entity_id, frozenset(rules_off), actor)
    _store(record, values, version, actor, touched=touched)


def _store(record: RetailParameters, values: Mapping[str, Value], version: int, actor: str, *, touched: bool = False) -> None:
    """Writes what differs; the version in the WHERE makes it a compare-and-set. `touched`: something beside the row changed."""
    changed = {field: value for field, value in values.items() if getattr(record, field) != value}
    pairs = {field: values.get(field, getattr(record, field)) for field in _SWITCH_AND_VALUE}
    currency = record.legal_entity.currency
    problems = (*check_pairs(pairs), *too_fine(changed, currency.code, currency.decimals), *VALUE_REFUSALS.ask(changed))
    if problems:
        raise BusinessError(*problems)
    if record.version == version and not changed and not touched:
        return
    done = RetailParameters.objects.filter(pk=record.pk, version=version).update(**changed, version=version + 1)
    if not done:
        raise BusinessError(Problem(CHANGED_MEANWHILE))
    record_history(RetailParameters, [record.pk], "~", actor, _user_id(actor))
    fields = sorted(changed) + (["disabled rules"] if touched else [])
    record_audit(AuditEntry.Action.PARAMETERS, actor, record.legal_entity.code, {"fields": fields})


def _store_rules(legal_entity_id: int, wanted: frozenset[str], actor: str) -> bool:
    """Makes the set of switched-off rules the wanted one, and says whether it changed."""
    current = {rule.code: rule.pk for rule in DisabledRule.objects.filter(legal_entity_id=legal_entity_id)}
    on_again = [pk for code, pk in current.items() if code not in wanted]
    record_history(DisabledRule, on_again, "-", actor, _user_id(actor))
    # Without signals: django-simple-history would write the same removal a second time.
    rows = DisabledRule.objects.filter(pk__in=on_again)
    rows._raw_delete(rows.db)
    made = DisabledRule.objects.bulk_create(
        [DisabledRule(legal_entity_id=legal_entity_id, code=code) for code in sorted(wanted - current.keys())]
    )
    record_history(DisabledRule, [rule.pk for rule in made], "+", actor, _user_id(actor))
    return bool(on_again or made)


def _user_id(actor: str) -> int | None:
    """The user of that name, or None for a command that somebody runs on the machine."""
    users = get_user_model().objects.filter(**{get_user_model().USERNAME_FIELD: actor}).values_list("pk", flat=True)
    return users.first()


def save_legal_entities(rows: Sequence[LegalEntityRow]) -> Upserted:
    """Makes or changes legal entities, one row per code; a new one gets its Retail parameters, a new currency is made.

    At most eight queries; runs inside the caller's transaction.
    """
    add_currencies({row.currency for row in rows})
    touched = upsert(LEGAL_ENTITY, rows)
    record_upsert(LegalEntity, touched, "import_data")
    give_parameters(touched.new, "import_data")
    return touched


def give_parameters(legal_entity_ids: Sequence[int], actor: str) -> None:
    """Gives new legal entities their Retail parameters; at most three queries, inside the caller's transaction."""
    insert_default_parameters(legal_entity_ids)
    ids = RetailParameters.objects.filter(legal_entity_id__in=legal_entity_ids).values_list("pk", flat=True) if legal_entity_ids else ()
    record_history(RetailParameters, list(ids), "+", actor, _user_id(actor) if legal_entity_ids and actor != "import_data" else None)
