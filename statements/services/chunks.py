"""What the posting states share about one chunk of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.queries.policies import Policies
from ledger.queries import Accounts
from parameters.rules.settings import RetailSettings
from statements.queries import posting as reads
from statements.queries.posting import StatementHead, StepApplicability
from statements.rules.vouchers import StatementMoney


@dataclass(slots=True)
class Chunk:
    """What the steps share about one chunk: heads, the settings and accounts of its legal entities, and what there is to do."""

    heads: dict[int, StatementHead]
    settings: Mapping[int, RetailSettings]
    accounts: Accounts
    facts: StepApplicability
    policies: Policies = field(default_factory=Policies)
    known_money: dict[int, StatementMoney] = field(default_factory=dict)
    # Statements that failed as a whole for a reason that nobody foresaw: their orders are worked one by one to find the culprit.
    parted: set[int] = field(default_factory=set)
    # All steps stand in one transaction: what an earlier one of them found or made is still so.
    at_once: bool = False

    def money_of(self, ids: Sequence[int]) -> dict[int, StatementMoney]:
        """Sums of the statements, read once: transactions on a statement do not change while it is posted."""
        if missing := [statement_id for statement_id in ids if statement_id not in self.known_money]:
            self.known_money |= reads.load_money(missing)
        return {statement_id: self.known_money[statement_id] for statement_id in ids}

    def forget_money(self, ids: Iterable[int]) -> None:
        """Transactions were held: their statements' sums are read again."""
        for statement_id in ids:
            self.known_money.pop(statement_id, None)

    def settings_of(self, statement_id: int) -> RetailSettings | None:
        """Settings of the statement's legal entity."""
        return self.settings.get(self.heads[statement_id].legal_entity_id)
