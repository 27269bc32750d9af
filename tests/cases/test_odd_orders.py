"""A clerk corrects, sends again, holds, clears, deletes, reverses and counts in any order, while periods close and open.

Whatever was done, nothing stands without a way out: when the goods are there and the periods open, everything that stands is posted once,
and the books say what the documents say now, as if they had been right from the beginning.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from core.lib.problems import BusinessError
from statements.models import PosTransaction, Statement
from statements.rules.corrections import Correction
from statements.services.reversals import reverse_and_correct
from tests.cases.books import balances
from tests.cases.test_correcting import corrects
from tests.cases.test_replacing import sends
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, WRONG_USE, run
from tests.oracle.rows import LineRef
from tests.scenarios.world import NOON, TODAY

PRICE, COST = Decimal("1.50"), Decimal("0.60")
ITEMS = ("MILK", "BAG")
STEPS = 30


class OddClerk:
    """Does things in any order, by what a clerk has: files, commands and the page that reverses and corrects in one step."""

    def __init__(self, shop: PricedShop, seed: int) -> None:
        self.shop, self.chance, self.made = shop, random.Random(seed), 0
        often = (self.sells, self.posts, self.corrects_quantity, self.reverses_one, self.reverses_and_corrects, self.sends_again)
        self.acts: list[Callable[[], None]] = [
            *(often * 2),
            *(self.sells, self.sells, self.takes_back, self.takes_back, self.calculates, self.moves_to_another_day),
            *(self.repairs, self.repairs),
            *(self.discards_or_takes_in_again, self.reverses_a_statement, self.deletes_orders, self.counts, self.closes_or_opens),
            *(self.receives, self.posts_a_journal),
        ]
        self.said: list[str] = []

    def acts_oddly(self) -> None:
        for _ in range(STEPS):
            self.acts_once()

    def acts_once(self) -> None:
        act = self.chance.choice(self.acts)
        self.said.append(act.__name__)
        act()

    def document(self, *, sale: bool = False) -> PosTransaction | None:
        """Any that stands; on demand one that sells."""
        found = list(PosTransaction.objects.filter(kind="sale", reversal=None, **({"total__gte": 0} if sale else {})).order_by("pk"))
        return self.chance.choice(found) if found else None

    def statement(self) -> Statement | None:
        found = list(Statement.objects.order_by("pk"))
        return self.chance.choice(found) if found else None

    def may_be_refused(self, *command: str) -> None:
        """A refusal has a code, and there is none that nobody foresaw."""
        answer = run(*command)
        assert "UNEXPECTED_ERROR" not in answer.codes, (command, answer)
        assert answer.status == DONE or answer.codes, (command, answer)

    def sells(self) -> None:
        self.made += 1
        quantity = self.chance.randint(1, 4)
        day = self.chance.randrange(3)
        self.shop.keeps(
            pos_transaction("S1", str(self.made), NOON + timedelta(days=day, minutes=self.made), line(self.chance.choice(ITEMS), quantity))
        )
        self.shop.comes_in()

    def takes_back(self) -> None:
        """One unit of a sale, by its receipt."""
        if (sale := self.document()) and (sold := sale.lines.first()) and sold.quantity > 0:
            self.made += 1
            back = line(sold.item_code, -1, return_of=LineRef("S1", "T1", sale.number, 1))
            self.shop.keeps(pos_transaction("S1", str(self.made), NOON + timedelta(days=2, hours=1, minutes=self.made), back))
            self.shop.comes_in()

    def posts(self) -> None:
        run("calculate_statements")
        self.may_be_refused("post_statements", "--inline")

    def calculates(self) -> None:
        self.may_be_refused("calculate_statements")

    def amounts(self, quantity: int) -> dict[str, str]:
        net = PRICE * quantity
        tax = (net * Decimal("0.06")).quantize(Decimal("0.01"))
        return {"quantity": str(quantity), "net": str(net), "tax": str(tax)}

    def corrects_quantity(self) -> None:
        if sale := self.document(sale=True):
            amounts = self.amounts(self.chance.randint(1, 4))
            total = Decimal(amounts["net"]) + Decimal(amounts["tax"])
            rows = [(sale.number, 1, field, value) for field, value in amounts.items()]
            answer, _ = corrects(self.shop, *rows, (sale.number, None, "payment:1:amount", str(total)))
            assert "UNEXPECTED_ERROR" not in answer.codes, answer

    def moves_to_another_day(self) -> None:
        if sale := self.document():
            corrects(self.shop, (sale.number, None, "business_date", (TODAY + timedelta(days=self.chance.randrange(3))).isoformat()))

    def discards_or_takes_in_again(self) -> None:
        if sale := self.document():
            corrects(self.shop, (sale.number, None, "discarded", self.chance.choice(("true", "false", "false"))))

    def sends_again(self) -> None:
        if sale := self.document(sale=True):
            item, quantity = self.chance.choice(ITEMS), self.chance.randint(1, 4)
            answer, _ = sends(self.shop, pos_transaction("S1", sale.number, NOON, line(item, quantity)))
            assert "UNEXPECTED_ERROR" not in answer.codes, answer

    def reverses_one(self) -> None:
        if sale := self.document():
            self.may_be_refused("reverse", "--transaction", f"S1/T1/{sale.number}", "--reason", "Odd.")

    def reverses_a_statement(self) -> None:
        if statement := self.statement():
            self.may_be_refused("reverse", "--statement", statement.number, "--reason", "Odd.")

    def reverses_and_corrects(self) -> None:
        sales = list(PosTransaction.objects.filter(kind="sale", total__gte=0).order_by("pk"))
        if not sales:
            return
        sale = self.chance.choice(sales)
        amounts = self.amounts(self.chance.randint(1, 4))
        corrections = [Correction(1, field, value, "Odd.") for field, value in amounts.items()]
        total = Decimal(amounts["net"]) + Decimal(amounts["tax"])
        try:
            reverse_and_correct(sale.pk, [*corrections, Correction(None, "payment:1:amount", str(total), "Odd.")], "Odd.", "maria")
        except BusinessError as error:
            self.said.append(f"refused: {error}")

    def repairs(self) -> None:
        if statement := self.statement():
            action = self.chance.choice(("clear", "recalculate", "revalidate", "hold"))
            self.may_be_refused("repair_statement", action, "--statement", statement.number)

    def deletes_orders(self) -> None:
        if statement := self.statement():
            self.may_be_refused("discard_orders", "--statement", statement.number)

    def counts(self) -> None:
        day = TODAY + timedelta(days=self.chance.randrange(3))
        drawer = ("--store", "S1", "--terminal", "T1", "--date", day.isoformat(), "--method", "cash")
        self.may_be_refused("count_tender", *drawer, "--amount", str(self.chance.randint(0, 9)), "--reason", "Odd.")

    def closes_or_opens(self) -> None:
        """Closed for a few steps at most."""
        self.may_be_refused("close_period", "LE", "2024-05", *self.chance.choice((("--stock",), ())))
        for _ in range(3):
            self.acts_once()
        for how in (("--reopen",), ("--stock", "--reopen")):
            run("close_period", "LE", "2024-05", *how)

    def receives(self) -> None:
        self.shop.receives(self.chance.randint(1, 5), str(COST))
        self.shop.comes_in()

    def posts_a_journal(self) -> None:
        answer = self.shop.keeps_journal("adjustment", str(self.chance.choice((-1, 1, 2))), "A", at=NOON)
        assert "UNEXPECTED_ERROR" not in answer.codes, answer
        number = f"J{self.shop.steps}"
        if self.chance.randrange(2):
            self.may_be_refused("reverse", "--journal", number, "--reason", "Odd.")

    def comes_to_an_end(self) -> None:
        """The ways out: periods are open, goods are there, what differs is accepted."""
        for how in (("--reopen",), ("--stock", "--reopen")):
            run("close_period", "LE", "2024-05", *how)
        self.shop.parameters(statements__max_difference="100000")
        self.shop.receives(500, str(COST), "A")
        self.shop.comes_in()
        run("validate_transactions")
        # What an earlier correction made wrong, such as a return of more than is sold, has its way out on the transaction's page.
        for sale in PosTransaction.objects.filter(validation_status="error", reversal=None, statement=None).order_by("-pk"):
            answer, refused = corrects(self.shop, (sale.number, None, "discarded", "true"))
            assert not refused, answer
        for _ in range(3):
            run("calculate_statements")
            answer = run("post_statements", "--inline")
        left = list(Statement.objects.exclude(post_state="Posted").values_list("number", "calc_state", "post_state", "error_code"))
        assert answer.status in (DONE, WRONG_USE), answer
        assert not left, left


def standing() -> list[PosTransaction]:
    """What is neither reversed nor discarded."""
    return list(PosTransaction.objects.filter(kind="sale", reversal=None).exclude(validation_status="discarded").prefetch_related("lines"))


@pytest.mark.parametrize("model", ["combined", "split"])
@pytest.mark.parametrize("seed", range(1, 3))
def test_nothing_that_is_done_in_an_odd_order_stays_without_a_way_out(shop: PricedShop, seed: int, model: str) -> None:
    shop.journal.not_followed("documents are corrected")
    shop.sells_at_cost(str(COST))
    shop.sells_at_cost("0.10", "BAG", tracked=False)
    shop.parameters(statements__model=model, posting__aggregate_lines=("true", "false")[seed % 2])
    if seed % 3:
        shop.falls_back()
    shop.receives(3, str(COST), "A")
    shop.comes_in()
    clerk = OddClerk(shop, seed)
    try:
        clerk.acts_oddly()
        clerk.comes_to_an_end()
        shop.must_be_sound()
        stands = standing()
        assert all(sale.statement_id for sale in stands), "everything valid is posted"
        sold = {
            item: sum((row.quantity for sale in stands for row in sale.lines.all() if row.item_code == item), Decimal(0)) for item in ITEMS
        }
        assert len({sale.number for sale in stands}) == len(stands), "one stands of each"
        books = balances(shop, without=())
        net = sum((sale.net for sale in stands), Decimal(0))
        tax = sum((sale.tax for sale in stands), Decimal(0))
        assert Decimal(books.get("revenue", "0")) == -net
        assert Decimal(books.get("tax", "0")) == -tax
        assert Decimal(books.get("clearing", "0")) == 0
        assert Decimal(books.get("cost", "0")) == sold["MILK"] * COST + sold["BAG"] * Decimal("0.10"), sold
    except BaseException:
        print("\n".join(clerk.said))  # noqa: T201
        raise
