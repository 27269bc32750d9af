"""Till transactions that come in over HTTP."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from ninja import Schema

from core.api.answers import ErrorItem, Reply, item_of, nothing_kept, render_for_caller, stored_item
from core.api.bodies import Rows
from core.api.models import Token
from core.lib.imports import BatchResult, Reject, Row, problem_of
from core.lib.messages import Message
from core.lib.problems import Problem, Severity
from statements.queries.found_problems import problems_found
from statements.services.decode import TRANSACTIONS, Incoming
from statements.services.imports import Replacing, import_transactions, stores_named, with_days
from statements.services.validation import revalidate_returns

ReceiveOutcome = Literal["new", "replaced", "unchanged", "refused"]


class FoundOut(Schema):
    """What validation found on a transaction that was kept. An error keeps it off statements until it is repaired."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    line: int | None


class TransactionRowOut(Schema):
    """What became of one transaction: kept, put in the place of what was known, known with the same content, or refused (`errors`)."""

    row: int
    key: str
    status: ReceiveOutcome
    errors: list[ErrorItem]
    problems: list[FoundOut]


class TransactionsOut(Schema):
    """What became of every transaction, in the order of the call."""

    new: int
    replaced: int
    unchanged: int
    refused: int
    rows: list[TransactionRowOut]


def receive(token: Token, rows: Rows, *, replace: bool = False) -> Reply:
    """Keeps and validates what can be kept. Raises ApiError when nothing could be: then nothing has changed."""
    found = [TRANSACTIONS.read_line(line) for line in rows.lines]
    errors: dict[int, list[ErrorItem]] = {}
    readable: list[Row[Incoming]] = []
    for row in found:
        if isinstance(row, Reject):
            errors[row.row] = [stored_item(row.code, row.message, row=row.row, key=row.key or None)]
        elif not token.sees(row.value.key.store):
            problem = Problem("STORE_NOT_ALLOWED", {"token": token.name, "store": row.value.key.store})
            errors[row.number] = [item_of(problem, row=row.number, key=row.key)]
        else:
            readable.append(row)
    readable = list(with_days(readable, stores_named(readable)))
    replacing = Replacing(token.actor, Message("Sent again by a till.")) if replace else None
    result = import_transactions(readable, replacing) if readable else BatchResult()
    errors |= {reject.row: [stored_item(reject.code, reject.message, row=reject.row, key=reject.key)] for reject in result.rejects}
    if len(errors) == len(found):
        raise nothing_kept(errors, many=rows.many)
    if result.new or result.updated:
        # Of these, and of what came in earlier, whatever waited for a sale that is there now.
        revalidate_returns(None)
    outcomes: dict[int, ReceiveOutcome] = dict.fromkeys(result.repeated, "unchanged")
    outcomes.update(dict.fromkeys(result.replaced, "replaced"))
    kept = {row.number: row.value.key for row in readable if row.number not in errors}
    problems = problems_found(kept.values())
    seen = {number: problems.get(key, []) for number, key in kept.items()}
    for warning in result.warnings:
        seen[warning.row].append(dataclasses.replace(problem_of(warning), line=None, severity=Severity.WARNING))
    return Reply(200, receive_payload(found, errors, outcomes, seen).model_dump(mode="json"))


def receive_payload(
    found: Sequence[Row[Incoming] | Reject],
    errors: Mapping[int, list[ErrorItem]],
    outcomes: Mapping[int, ReceiveOutcome],
    problems: Mapping[int, list[Problem]],
) -> TransactionsOut:
    """What became of each row."""
    answers = []
    for number, row in enumerate(found, 1):
        status: ReceiveOutcome = "refused" if number in errors else outcomes.get(number, "new")
        of_row = problems.get(number, [])
        seen = [
            FoundOut(code=one.code, severity=one.severity.value, message=render_for_caller(one.message), line=one.line) for one in of_row
        ]
        answers.append(TransactionRowOut(row=number, key=row.key, status=status, errors=errors.get(number, []), problems=seen))
    counts = Counter(answer.status for answer in answers)
    return TransactionsOut(
        new=counts["new"], replaced=counts["replaced"], unchanged=counts["unchanged"], refused=counts["refused"], rows=answers
    )
