"""Reads of Retail parameters, for runs and for pages."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Max, Min
from django_celery_beat.models import PeriodicTask

from core.access.access import Access
from core.db.history import Versions, load_versions
from core.lib.problems import REGISTRY, Code
from core.masterdata.queries import CHANGE_LIMIT, author_of
from parameters.models import Currency, DisabledRule, LegalEntity, NumberSequence, RetailParameters, Unit
from parameters.rules.keys import DISABLED_RULES, KEYS, Key
from parameters.rules.settings import LINES_PER_CHUNK, LINES_PER_CHUNK_WITH_ORDERS, RetailSettings

_FIELDS = tuple(field.name for field in fields(RetailSettings))
_CHANGE_ID = re.compile(r"([pr])([0-9]{1,18})")


def settings_of(legal_entity_ids: Collection[int]) -> dict[int, RetailSettings]:
    """Settings by legal entity; one query."""
    rows = RetailParameters.objects.filter(legal_entity_id__in=legal_entity_ids).values_list(*_FIELDS)
    return {row[0]: RetailSettings(*row) for row in rows}


def settings_from(record: RetailParameters) -> RetailSettings:
    """The settings of a record that was read already; no query."""
    return RetailSettings(*(getattr(record, name) for name in _FIELDS))


def default_batch_ids() -> set[str]:
    """Every default batch id of any legal entity, whether it is in use or not; one query."""
    rows = RetailParameters.objects.values_list("posting_default_batch_id", "customer_orders_default_batch_id")
    return {number for row in rows for number in row if number}


def units_as_known(units: Collection[str]) -> dict[str, str]:
    """Of units that are known in another case only, the one that is meant; at most one query. Two that differ by case stay two."""
    if not units:
        return {}
    known: dict[str, list[str]] = defaultdict(list)
    for code in Unit.objects.values_list("code", flat=True):
        known[code.casefold()].append(code)
    found = {unit: known.get(unit.casefold(), []) for unit in units}
    return {unit: codes[0] for unit, codes in found.items() if len(codes) == 1 and unit != codes[0]}


def max_partitions() -> int:
    """How many partitions may be worked side by side, by the most generous legal entity; one query."""
    return RetailParameters.objects.aggregate(most=Max("posting_max_parallel_lanes"))["most"] or 1


def lines_per_chunk(*, orders_wait: bool) -> int:
    """How many lines a chunk may have, by the most careful legal entity: a chunk may hold warehouses of several. One query."""
    least = RetailParameters.objects.aggregate(
        ever=Min("posting_max_lines_per_chunk"), with_orders=Min("posting_max_lines_per_chunk_with_orders")
    )
    ever = least["ever"] or LINES_PER_CHUNK
    return min(ever, least["with_orders"] or LINES_PER_CHUNK_WITH_ORDERS) if orders_wait else ever


def companies() -> list[LegalEntity]:
    """All legal entities by code; one query."""
    return list(LegalEntity.objects.select_related("currency").order_by("code"))


def company_for(access: Access, code: str | None = None) -> LegalEntity | None:
    """The legal entity of that code if it is one of the person's, else the one they work in; None while there is none. One query."""
    found = [entity for entity in companies() if entity.pk in access.scope.company_ids]
    named = next((entity for entity in found if entity.code == code), None)
    return named or next((entity for entity in found if entity.pk == access.company_id), None)


VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """One value that somebody changed; `before` and `after` are raw values, None for a record that did not exist.

    A change of a rule has its code in `rule` and no key. `change_id` names the row of history for `change_named`.
    """

    at: datetime
    who: str
    key: Key | None
    rule: str
    before: object
    after: object
    change_id: str = ""


def validation_rules() -> list[Code]:
    """Every rule that validation knows, by code; no query."""
    return sorted((code for code in REGISTRY.values() if code.area == VALIDATION), key=lambda code: code.code)


def disabled_rules(legal_entity_id: int) -> frozenset[str]:
    """Codes of the rules that are off for a legal entity; one query."""
    return frozenset(DisabledRule.objects.filter(legal_entity_id=legal_entity_id).values_list("code", flat=True))


def number_sequences() -> list[NumberSequence]:
    """All series by code; one query."""
    return list(NumberSequence.objects.order_by("code"))


def recurrences() -> list[PeriodicTask]:
    """Recurrences that people set up, by name; what the product itself repeats is not among them. One query."""
    rows = PeriodicTask.objects.exclude(name__startswith="jobs.").exclude(name__startswith="celery.")
    return list(rows.select_related("interval", "crontab", "recurrence").order_by("name"))


def latest_change(record: RetailParameters) -> ParameterChange | None:
    """Who saved the record last, and when; one query."""
    row = record.history.select_related("history_user").order_by("-history_id").first()
    return ParameterChange(row.history_date, author_of(row), None, "", None, None) if row else None


def changes_for_page(legal_entity_id: int, field: str = "", rule: str = "") -> list[ParameterChange]:
    """The latest changes of parameters and rules, newest first, of one column or one rule where named; at most two queries."""
    found: list[ParameterChange] = []
    if not rule:
        keys = [key for key in KEYS if field in ("", key.field)]
        for newer, older in pairwise(_versions(legal_entity_id, keys, limited=not field)):
            found += changes_between(older, newer, keys)
    if not field:
        rows = DisabledRule.history.select_related("history_user").filter(legal_entity_id=legal_entity_id)
        rows = rows.filter(code=rule) if rule else rows
        found += [change_of_rule(row) for row in rows.order_by("-history_id")[:CHANGE_LIMIT]]
    return sorted(found, key=lambda change: change.at, reverse=True)[:CHANGE_LIMIT]


def change_named(legal_entity_id: int, change_id: str, field: str) -> ParameterChange | None:
    """One change of a legal entity by its row of history, and for parameters its column; at most two queries."""
    named = _CHANGE_ID.fullmatch(change_id)
    if named is None:
        return None
    kind, number = named[1], int(named[2])
    if kind == "r":
        row = DisabledRule.history.select_related("history_user").filter(legal_entity_id=legal_entity_id, history_id=number).first()
        return change_of_rule(row) if row else None
    rows = RetailParameters.history.select_related("history_user").filter(legal_entity_id=legal_entity_id, history_id__lte=number)
    versions = list(rows.order_by("-history_id")[:2])
    if len(versions) < 2 or versions[0].history_id != number:
        return None
    return next(iter(changes_between(versions[1], versions[0], [key for key in KEYS if key.field == field])), None)


def _versions(legal_entity_id: int, keys: Sequence[Key], *, limited: bool) -> list[Any]:
    """Versions of the record, newest first; only the latest ones when all columns are asked for."""
    columns = ("history_id", "history_date", "history_change_reason", *(key.field for key in keys))
    rows = RetailParameters.history.select_related("history_user").only(*columns, f"history_user__{get_user_model().USERNAME_FIELD}")
    rows = rows.filter(legal_entity_id=legal_entity_id).order_by("-history_id")
    return list(rows[: CHANGE_LIMIT + 1] if limited else rows)


def changes_between(older: Any, newer: Any, keys: Iterable[Key]) -> list[ParameterChange]:
    """The parameters that differ between two versions of the record."""
    return [
        ParameterChange(
            newer.history_date, author_of(newer), key, "", getattr(older, key.field), getattr(newer, key.field), f"p{newer.history_id}"
        )
        for key in keys
        if getattr(older, key.field) != getattr(newer, key.field)
    ]


def change_of_rule(row: Any) -> ParameterChange:
    """A rule that was switched off (a row that came) or on again (a row that went); values say whether it is on."""
    off = row.history_type == "+"
    return ParameterChange(row.history_date, author_of(row), None, row.code, off, not off, f"r{row.history_id}")


def parameters_with_changes(legal_entity_id: int) -> list[dict[str, object]]:
    """Every key with its value, and who last changed it and when (blank while it has the default); four queries."""
    record = RetailParameters.objects.get(legal_entity_id=legal_entity_id)
    last: dict[str, tuple[str, datetime]] = {}
    versions = RetailParameters.history.select_related("history_user").filter(legal_entity_id=legal_entity_id).order_by("history_id")
    for older, newer in pairwise(versions.iterator(chunk_size=1000)):
        last |= {key.key: (author_of(newer), newer.history_date) for key in KEYS if getattr(older, key.field) != getattr(newer, key.field)}
    values: dict[str, object] = {key.key: getattr(record, key.field) for key in KEYS}
    values[DISABLED_RULES] = ",".join(sorted(disabled_rules(legal_entity_id)))
    switched = DisabledRule.history.select_related("history_user").filter(legal_entity_id=legal_entity_id).order_by("-history_id").first()
    if switched:
        last[DISABLED_RULES] = (author_of(switched), switched.history_date)
    return [
        {"key": key, "value": value, "changed_by": who, "changed_at": at}
        for key, value in values.items()
        for who, at in [last.get(key, ("", None))]
    ]


def currency_decimals(codes: Collection[str]) -> dict[str, int]:
    """Decimals of currencies; one query."""
    return dict(Currency.objects.filter(code__in=codes).values_list("code", "decimals"))


def settings_versions(legal_entity_id: int) -> Versions | None:
    """The settings of a legal entity as they were at any instant; None for one without parameters. One query."""
    return next(iter(load_versions(RetailParameters, _FIELDS, "t.legal_entity_id = %s", [legal_entity_id]).values()), None)
