"""Reads of Retail parameters, for runs and for pages."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise

from parameters.models import DisabledRule, LegalEntity, NumberSequence, RetailParameters
from parameters.rules.keys import KEYS, Key
from parameters.rules.settings import RetailSettings
from retailhq.access.access import Access
from retailhq.lib.problems import REGISTRY, Code

_FIELDS = tuple(field.name for field in fields(RetailSettings))


def settings_of(legal_entity_ids: Collection[int]) -> dict[int, RetailSettings]:
    """Settings by legal entity; one statement."""
    rows = RetailParameters.objects.filter(legal_entity_id__in=legal_entity_ids).values_list(*_FIELDS)
    return {row[0]: RetailSettings(*row) for row in rows}


def companies() -> list[LegalEntity]:
    """All legal entities by code; one statement."""
    return list(LegalEntity.objects.select_related("currency").order_by("code"))


def company_for(access: Access, code: str | None = None) -> LegalEntity | None:
    """The legal entity of that code if it is one of the person's, else the one they work in; None while there is none. One statement."""
    found = [entity for entity in companies() if entity.pk in access.scope.company_ids]
    named = next((entity for entity in found if entity.code == code), None)
    return named or next((entity for entity in found if entity.pk == access.company_id), None)


VALIDATION = "validation"
CHANGE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One value that somebody changed; `before` and `after` are raw values, None for a record that did not exist."""

    at: datetime
    who: str
    key: Key | None
    rule: str
    before: object
    after: object


def validation_rules() -> list[Code]:
    """Every rule that validation knows, by code; no statement."""
    return sorted((code for code in REGISTRY.values() if code.area == VALIDATION), key=lambda code: code.code)


def disabled_rules(legal_entity_id: int) -> frozenset[str]:
    """Codes of the rules that are off for a legal entity; one statement."""
    return frozenset(DisabledRule.objects.filter(legal_entity_id=legal_entity_id).values_list("code", flat=True))


def number_sequences() -> list[NumberSequence]:
    """All series by code; one statement."""
    return list(NumberSequence.objects.order_by("code"))


def latest_change(record: RetailParameters) -> Change | None:
    """Who saved the record last, and when; one statement."""
    row = record.history.select_related("history_user").order_by("-history_id").first()
    return Change(row.history_date, author(row), None, "", None, None) if row else None


def changes_for_page(legal_entity_id: int) -> list[Change]:
    """The latest changes of parameters and rules, newest first; two statements."""
    found: list[Change] = []
    rows = (
        RetailParameters.history.select_related("history_user")
        .filter(legal_entity_id=legal_entity_id)
        .order_by("-history_id")[: CHANGE_LIMIT + 1]
    )
    for newer, older in pairwise([*rows, None]):
        if newer is None:
            continue
        for key in KEYS:
            before, after = getattr(older, key.field) if older else None, getattr(newer, key.field)
            if older is not None and before != after:
                found.append(Change(newer.history_date, author(newer), key, "", before, after))
    for row in (
        DisabledRule.history.select_related("history_user").filter(legal_entity_id=legal_entity_id).order_by("-history_id")[:CHANGE_LIMIT]
    ):
        off = row.history_type == "+"
        found.append(Change(row.history_date, author(row), None, row.code, off, not off))
    return sorted(found, key=lambda change: change.at, reverse=True)[:CHANGE_LIMIT]


def author(row: object) -> str:
    """Who made a row of history: the person, else the reason that a command wrote."""
    user = getattr(row, "history_user", None)
    return user.get_username() if user else (getattr(row, "history_change_reason", None) or "")


def parameters_with_changes(legal_entity_id: int) -> list[dict[str, object]]:
    """Every key with its value, and who last changed it and when (blank while it has the default); two statements."""
    record = RetailParameters.objects.get(legal_entity_id=legal_entity_id)
    last: dict[str, tuple[str, datetime]] = {}
    versions = RetailParameters.history.select_related("history_user").filter(legal_entity_id=legal_entity_id).order_by("history_id")
    for older, newer in pairwise(versions.iterator(chunk_size=1000)):
        last |= {key.key: (author(newer), newer.history_date) for key in KEYS if getattr(older, key.field) != getattr(newer, key.field)}
    return [
        {"key": key.key, "value": getattr(record, key.field), "changed_by": who, "changed_at": at}
        for key in KEYS
        for who, at in [last.get(key.key, ("", None))]
    ]
