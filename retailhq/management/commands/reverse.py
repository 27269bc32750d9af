"""`reverse`: takes posted documents back, exactly and once (docs/posting.md#reversals)."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.services.journal_reversals import ReversedJournal, journal_to_reverse, reverse_journal
from orders.queries.reversals import last_delivery
from orders.services.order_numbers import find_orders
from orders.services.reversals import ReversedDelivery, reverse_delivery
from statements.rules.till import PosTransactionKey
from statements.services.reversals import (
    Reversed,
    reverse_in_turn,
    reverse_transaction,
    statement_to_reverse,
    transaction_to_reverse,
)


class Command(RetailCommand):
    """Reverses statements (many in one step), transactions, a delivery and journals; the first that is refused ends the run."""

    help = "Takes back what was posted: same batches, same cost, same accounts, debts as they were."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--statement", action="append", default=[], metavar="N", help="number of a posted statement; may be repeated")
        parser.add_argument(
            "--transaction", action="append", default=[], metavar="STORE/TERMINAL/NUMBER", help="a posted transaction; may be repeated"
        )
        parser.add_argument("--order", default="", metavar="N", help="number of a customer order, with --delivery")
        parser.add_argument("--delivery", default="", metavar="N", help="which of its deliveries; left out: the last that is invoiced")
        parser.add_argument(
            "--legal-entity", default="", metavar="CODE", help="company of the order or journal, where several have its number"
        )
        parser.add_argument("--journal", action="append", default=[], metavar="N", help="number of an inventory journal; may be repeated")
        parser.add_argument("--reason", required=True, help="why it is taken back")
        parser.add_argument("--date", default="", help="date of the reversal, YYYY-MM-DD; left out: the dates of what is taken back")

    def run(self, **options: Any) -> CommandResult:
        """Exit status 1 when some were reversed and another one was refused."""
        try:
            on = parsing.day(options["date"]) if options["date"] else None
        except FieldError as error:
            raise BusinessError(error.at("--date").problem) from None
        try:
            ordinal = parsing.whole(options["delivery"]) if options["delivery"] else 0
        except FieldError as error:
            raise BusinessError(error.at("--delivery").problem) from None
        reason = options["reason"]
        statements = [statement_to_reverse(number) for number in options["statement"]]
        work: list[tuple[Any, Any]] = [(reverse_transaction, transaction_to_reverse(parse_key(key))) for key in options["transaction"]]
        if options["order"]:
            order_id = find_orders([options["order"]], options["legal_entity"])[options["order"]]
            work.append((partial(reverse_delivery, order_id), ordinal or last_delivery(order_id)))
        work += [(reverse_journal, journal_to_reverse(number, options["legal_entity"])) for number in options["journal"]]
        if not work and not statements:
            raise BusinessError(Problem("NOTHING_TO_REVERSE"))
        found = reverse_in_turn(statements, reason, "command", on)
        done: list[Reversed | ReversedDelivery | ReversedJournal] = [*found.done]
        problems = found.problems
        for reverse, document_id in work if not problems else ():
            try:
                done.append(reverse(document_id, reason, "command", on))
            except BusinessError as error:
                problems = error.problems
                break
        if problems and not done:
            raise BusinessError(*problems)
        said = [{"document": taken.document, "reversal": taken.reversal_id, **said_of(taken)} for taken in done]
        refused = [{"code": problem.code, "message": str(problem.message)} for problem in problems]
        return CommandResult({"reversed": said, "problems": refused}, partly=bool(problems))


def said_of(taken: Reversed | ReversedDelivery | ReversedJournal) -> dict[str, object]:
    """What stands in the place of what was taken back."""
    if isinstance(taken, ReversedJournal):
        return {}
    return {"invoice": taken.invoice} if isinstance(taken, ReversedDelivery) else {"transactions": len(taken.transactions)}


def parse_key(text: str) -> PosTransactionKey:
    """STORE/TERMINAL/NUMBER; what follows the second slash is the number. Raises BusinessError NOT_POSTED for anything else."""
    parts = text.split("/", 2)
    if len(parts) != 3 or not all(parts):
        raise BusinessError(Problem("NOT_POSTED", {"document": text}, variant="unknown"))
    return PosTransactionKey(*parts)
