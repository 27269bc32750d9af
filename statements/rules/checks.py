"""What must hold before a statement touches the ledger and before it may be called Posted (docs/domain.md#posting-states)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.messages import Message, Param, Params, together
from core.lib.problems import AS_WRITTEN, Code, Problem, register, register_texts
from parameters.rules.settings import RetailSettings
from statements.rules.proof import ProofTotals

register(
    Code(
        "DIFFERENCE_TOO_LARGE",
        "posting",
        "The counted amounts differ from the transactions by more than is allowed.",
        "Correct the tender declaration, accept the difference, raise Maximum posting difference, or switch on Disable counting required, "
        "then post again.",
        (
            "Counted amounts differ by {difference}, {limit} is allowed; correct the tender declaration or raise "
            "Maximum posting difference (Posting > Statement), then post again."
        ),
    ),
    Code(
        "LINE_DIFFERENCE_TOO_LARGE",
        "posting",
        "The counted amount of a payment method differs from the transactions by more than is allowed for a line.",
        "Correct the tender declaration, accept the difference, raise Maximum line difference, or switch on Disable counting required, "
        "then post again.",
        (
            "Counted amounts of {method} at {place} differ by {difference}, {limit} is allowed for a line; correct the "
            "tender declaration or raise Maximum line difference (Posting > Statement), then post again."
        ),
    ),
    Code(
        "SHIFT_DIFFERENCE_TOO_LARGE",
        "posting",
        "What is counted together differs from the transactions by more than is allowed for a shift.",
        "Correct the tender declaration, accept the difference, raise Maximum shift difference, or switch on Disable counting required, "
        "then post again.",
        (
            "Counted amounts at {place} differ by {difference}, {limit} is allowed for what is counted together; "
            "correct the tender declaration or raise Maximum shift difference (Posting > Statement), then post again."
        ),
    ),
    Code(
        "PROOF_MISMATCH",
        "posting",
        "Lines, total and payments of a transaction, or transactions and invoices of the statement, do not agree.",
        "Raise the store's rounding limit, or switch on rules H06 and H14 and revalidate the statement, or delete its customer orders and "
        "calculate again, or reverse what is posted of it; then post again.",
        {
            "": (
                "{receipts} transactions of {total} stand against {on_orders} transactions on orders and {invoiced} on invoices; "
                "run check_integrity."
            ),
            "orders": (
                "Sales orders and transactions of the statement differ for {items} items; nothing is invoiced. Delete the customer orders, "
                "calculate and post again."
            ),
            "items": "Transactions, orders, invoices and stock differ for {items} items; the proof sheet shows them. Run check_integrity.",
            "vouchers": (
                "Vouchers of the invoices do not hold what was sold and what it cost, on {postings} accounts; the proof sheet shows them. "
                "Run check_integrity."
            ),
        },
    ),
    Code(
        "NO_PARAMETERS",
        "posting",
        "The legal entity has no retail parameters.",
        "Create them under Retail parameters, then post again.",
        "The legal entity of the statement has no retail parameters; create them, then post again.",
    ),
)

register_texts(
    "UNEXPECTED_ERROR",
    {
        "validation": "Transaction {transaction} cannot be validated ({error}: {reason}); correct it or discard it, then validate again.",
        "calculation": (
            "Store {store} cannot be calculated ({error}: {reason}); validate its transactions, correct or discard the one that is "
            "wrong, then calculate again."
        ),
        "step": "Statement {statement} cannot take the step {state} ({error}: {reason}).",
    },
)
register_texts(
    "ACCOUNT_MISSING", {"of_statement": "No account is set for {accounts}; add the posting profile under Ledger, then post again."}
)
register_texts("PERIOD_CLOSED", {"of_statement": "Business date {date} lies in a closed fiscal period; open it, then post again."})
register_texts(
    "STOCK_PERIOD_CLOSED",
    {"of_statement": "Business date {date} lies in a closed stock period, in which no goods move; open it, then post again."},
)

NEEDED_POSTINGS = (
    "clearing",
    "revenue",
    "sales_tax",
    "cost_of_goods",
    "inventory",
    "cost_adjustment",
    "over_short",
    "rounding",
    "income",
    "expense",
    "bank",
    "safe",
    "float",
    "gift_card",
)


DIFFERENCE_CODES = frozenset({"DIFFERENCE_TOO_LARGE", "LINE_DIFFERENCE_TOO_LARGE", "SHIFT_DIFFERENCE_TOO_LARGE"})
# What somebody accepted: payment methods with what they differ by, in order.
Accepted = tuple[tuple[str, Decimal], ...]


class CountedLine(NamedTuple):
    """What a statement would book of a payment method of what is counted together; `unit` names that: store, terminal, shift or person."""

    unit: str
    method: str
    difference: Decimal


@dataclass(frozen=True, slots=True)
class StatementToCheck:
    """What the check looks at; `difference` is what it would book of the day's counts, without sign and unit by unit, `counted` each part
    of that. `accepted` are the differences that somebody accepted last.
    """

    statement_id: int
    legal_entity_id: int
    business_date: date
    methods: frozenset[str]
    difference: Decimal = ZERO
    counted: tuple[CountedLine, ...] = ()
    accepted: Accepted = ()


def check_statement(
    statement: StatementToCheck, settings: RetailSettings | None, *, closed: str, missing_accounts: tuple[str, ...]
) -> Problem | None:
    """The first thing that keeps a statement from being posted, or None; `closed` is the code by which its date is closed ('': open)."""
    if settings is None:
        return Problem("NO_PARAMETERS")
    if closed:
        return closed_period(statement.business_date, closed)
    if missing_accounts:
        return Problem("ACCOUNT_MISSING", {"accounts": missing_accounts}, variant="of_statement")
    is_accepted = bool(statement.accepted) and statement.accepted == accepted_of(statement.counted)
    if settings.statements_disable_counting or is_accepted:
        return None
    return _count_problem(statement, settings)


def accepted_of(counted: Sequence[CountedLine]) -> Accepted:
    """What has to be accepted of these differences, however their units are called."""
    return tuple(sorted((line.method, line.difference) for line in counted))


def limits_counts(settings: RetailSettings) -> bool:
    """Whether a line or what is counted together has a limit of its own."""
    return (settings.statements_max_line_difference, settings.statements_max_shift_difference) != (None, None)


def _count_problem(statement: StatementToCheck, settings: RetailSettings) -> Problem | None:
    """The first limit that the counts pass: of a line, of what is counted together, of the statement."""
    of_unit: dict[str, Decimal] = {}
    for line in statement.counted:
        limit, amount = settings.statements_max_line_difference, abs(line.difference)
        if limit is not None and amount > limit:
            said: Params = {"method": line.method, "place": line.unit, "difference": amount, "limit": limit}
            return Problem("LINE_DIFFERENCE_TOO_LARGE", said)
        of_unit[line.unit] = of_unit.get(line.unit, ZERO) + amount
    for unit, amount in of_unit.items():
        limit = settings.statements_max_shift_difference
        if limit is not None and amount > limit:
            return Problem("SHIFT_DIFFERENCE_TOO_LARGE", {"place": unit, "difference": amount, "limit": limit})
    if statement.difference > settings.statements_max_difference:
        return difference_too_large(statement.difference, settings.statements_max_difference)
    return None


def difference_too_large(difference: Decimal, allowed: Decimal) -> Problem:
    """What was counted is further from the transactions than the parameter allows."""
    return Problem("DIFFERENCE_TOO_LARGE", {"difference": difference, "limit": allowed})


class Flaw(NamedTuple):
    """What keeps a till transaction from being booked right: a code, its key, and by how much its amounts disagree."""

    statement_id: int
    code: str
    transaction: str
    difference: Decimal
    limit: Decimal


# The way out of each flaw: the rule that finds it is always on, or has to be switched on first.
REVALIDATE = Message("Revalidate the statement: the transaction leaves it and waits until it is corrected; then post again.")
WITHIN_LIMIT = Message("Raise the limit, or switch on rules H06 and H14.")


def flaw_found(flaws: Sequence[Flaw]) -> Problem:
    """The first flaw of a statement, how many there are, and the way out."""
    first = flaws[0]
    said: dict[str, Param] = {"transaction": first.transaction}
    if first.code == "OTHER_COMPANY":
        sentences = [Message("Transaction {transaction} takes back what another company sold.", said)]
    elif first.code == "H21":
        sentences = [
            Message("Transaction {transaction} is on the account of a customer who is blocked or on hold by now; lift that, or:", said)
        ]
    elif first.code == "G02":
        sentences = [
            Message("Transaction {transaction} takes from a gift card that holds less by now; import what was put on the card, or:", said)
        ]
    elif first.code == "CURRENCY_MISMATCH":
        sentences = [Message("Transaction {transaction} is in another currency than its store or company.", said)]
    else:
        said |= {"difference": first.difference, "limit": first.limit}
        sentences = [
            Message(
                "Lines, total and payments of transaction {transaction} differ by {difference}, the store's rounding limit is {limit}.",
                said,
            )
        ]
    if len(flaws) > 1:
        sentences.append(Message("{count} transactions are concerned.", {"count": len(flaws)}))
    if first.code not in {"OTHER_COMPANY", "CURRENCY_MISMATCH", "H21", "G02"}:
        sentences.append(WITHIN_LIMIT)
    return Problem(first.code, {"text": together([*sentences, REVALIDATE])}, variant=AS_WRITTEN)


def closed_period(business_date: date, code: str) -> Problem:
    """Nothing may be posted on the date, or no goods may move on it, as the code says."""
    return Problem(code, {"date": business_date}, variant="of_statement")


def check_proof(totals: ProofTotals) -> Problem | None:
    """Counted in must equal counted out, else the statement is not Posted."""
    if not totals.differ:
        return None
    said: Params = {"receipts": totals.sales, "total": totals.total, "on_orders": totals.on_orders, "invoiced": totals.invoiced}
    return Problem("PROOF_MISMATCH", said)
