"""Saving master data: one transaction for the row and its history; a concurrent edit is refused, its effects need a yes."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from django.db import DataError, IntegrityError, transaction
from django.db.models import Model

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.confusables import confusable, lookalikes
from core.db.current_actor import acting_as
from core.db.history import AS_FOUND, record_history
from core.db.locks import IMPORT, lock_for_transaction, locked_row
from core.lib.imports import content_digest
from core.lib.problems import BusinessError, Problem
from core.masterdata.codes import RECORD_CHANGED, RECORD_EXISTS, RECORD_REFUSED
from core.masterdata.declaration import Author, FieldProblem, MasterData
from core.masterdata.queries import latest_change

UNIQUE_VIOLATION = "23505"


class MasterDataRefused(BusinessError):
    """A change that a rule, the database or somebody else's change forbids; nothing was changed."""

    def __init__(self, *refusals: FieldProblem) -> None:
        super().__init__(*(refusal.problem for refusal in refusals))
        self.refusals = refusals

    @property
    def is_concurrent(self) -> bool:
        """Whether somebody else saved in between."""
        return any(refusal.problem.code == RECORD_CHANGED for refusal in self.refusals)


class Unconfirmed(Exception):
    """The change does more than it says; `effects` are the sentences, `token` stands for exactly these."""

    def __init__(self, effects: tuple[str, ...]) -> None:
        super().__init__(*effects)
        self.effects = effects
        self.token = content_digest(effects).hex


def version_of(row: Model) -> str:
    """What the row holds, as one short text. Whoever changes the row, by page, import or SQL, changes it; nobody has to count."""
    return content_digest(getattr(row, column.attname) for column in row._meta.concrete_fields).hex


@transaction.atomic
def create_record(record: MasterData, row: Model, values: Mapping[str, Any], author: Author, agreed: str = "") -> Model:
    """Makes a row from `row` (which carries the company) and the values of the form. Raises MasterDataRefused, Unconfirmed."""
    wait_for_imports(record)
    for name, value in values.items():
        setattr(row, name, value)
    refuse_lookalike(record, row)
    approve(record, None, row, agreed)
    if record.before_save:
        record.before_save(row)
    with refusals_of_database():
        record.model._default_manager.bulk_create([row])
    note(record, row, "+", author)
    if record.after_create:
        record.after_create(row, author)
    return row


@transaction.atomic
def change_record(record: MasterData, key: object, values: Mapping[str, Any], seen: str, author: Author, agreed: str = "") -> Model:
    """Writes the values that differ, if the row still is as it was `seen`.

    Raises the model's DoesNotExist, MasterDataRefused, Unconfirmed.
    """
    wait_for_imports(record)
    stored = locked_row(record.model, key)
    if version_of(stored) != seen:
        raise MasterDataRefused(FieldProblem("", Problem(RECORD_CHANGED)))
    changed = {name: value for name, value in values.items() if getattr(stored, name) != value}
    if not changed:
        return stored
    wanted = copy.copy(stored)
    # Rows that references pointed to are looked up again.
    wanted._state = copy.copy(stored._state)
    wanted._state.fields_cache = {}
    for name, value in changed.items():
        setattr(wanted, name, value)
    approve(record, stored, wanted, agreed)
    if record.before_save:
        record.before_save(wanted)
    note_as_found(record, stored)
    with refusals_of_database():
        record.model._default_manager.filter(pk=stored.pk).update(**changed)
    note(record, wanted, "~", author)
    if record.after_change:
        record.after_change(stored, wanted)
    return wanted


def approve(record: MasterData, before: Model | None, after: Model, agreed: str) -> None:
    """Asks the rules, then what the change does beside itself. Raises MasterDataRefused, Unconfirmed."""
    refusals = tuple(refusal for check in record.checks for refusal in check(before, after))
    if refusals:
        raise MasterDataRefused(*refusals)
    effects = tuple(sentence for effect in record.effects for sentence in effect(before, after))
    if effects and content_digest(effects).hex != agreed:
        raise Unconfirmed(effects)


def refuse_lookalike(record: MasterData, row: Model) -> None:
    """Raises MasterDataRefused for a new code that looks like another one of the kind."""
    code = getattr(row, "code", None)
    if isinstance(code, str) and (other := lookalikes(record.model._meta.db_table, [code]).get(code)):
        raise MasterDataRefused(FieldProblem("code", confusable(code, other)))


def wait_for_imports(record: MasterData) -> None:
    """Imports of the same masters decide on what they read: they and a page take turns."""
    lock_for_transaction(IMPORT, record.imports)


def note_as_found(record: MasterData, row: Model) -> None:
    """Adds the row as it is to its history where that does not end with it: imports and runs change some masters without a note."""
    newest = latest_change(record, row)
    columns = [column.attname for column in record.model._meta.concrete_fields]
    if newest is None or any(getattr(newest, name) != getattr(row, name) for name in columns):
        with acting_as(None):
            record_history(record.model, [row.pk], "~", AS_FOUND)


def note(record: MasterData, row: Model, kind: Literal["+", "~"], author: Author) -> None:
    """The history of the row, and the entry in the audit trail."""
    record_history(record.model, [row.pk], kind, author.name, author.id)
    record_audit(AuditEntry.Action.MASTER_DATA, author.name, f"{record.slug} {row}", {"new": kind == "+"})


@contextmanager
def refusals_of_database() -> Iterator[None]:
    """What the database refuses becomes a sentence at the form; the transaction ends with it."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        cause = error.__cause__
        diagnosis = getattr(cause, "diag", None)
        if getattr(cause, "sqlstate", "") == UNIQUE_VIOLATION:
            problem = Problem(RECORD_EXISTS)
        else:
            reason = getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "message_primary", None) or ""
            problem = Problem(RECORD_REFUSED, {"reason": reason})
        raise MasterDataRefused(FieldProblem("", problem)) from error
