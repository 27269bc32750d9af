"""A shop whose goods have prices: what comes in costs something, and the books say what lies there is worth."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import F, Sum

from inventory.models import InventoryTransaction, ItemModelGroup, OnHand, WarehouseItemCost
from inventory.models import Item as ItemRow
from ledger.models import PostingProfile, VoucherLine
from tests.oracle.commands import PARTLY, Answer, done, run
from tests.oracle.files import write_world
from tests.oracle.rows import Item, Line, LineRef, Receipt, Transaction, World
from tests.scenarios.world import LONG_AGO, OrderLineRef, Shop

ZERO = Decimal(0)
CENT = Decimal("0.01")


class PricedShop(Shop):
    """Item MILK and warehouse W1 are meant where nothing is said; `unit` is the smallest amount of the currency."""

    currency = "USD"
    unit = CENT

    def trades_in(self, currency: str, decimals: int) -> None:
        """The company and its stores keep books in another currency; said before anything comes in."""
        self.currency, self.unit = currency, Decimal(1).scaleb(-decimals)
        self.pending.legal_entities = [replace(row, currency=currency) for row in self.pending.legal_entities]
        self.pending.stores = [replace(row, currency=currency) for row in self.pending.stores]

    def keeps(self, row: Transaction) -> LineRef:
        return super().keeps(replace(row, currency=self.currency) if row.currency == "USD" else row)

    def is_ordered(self, *lines: Line, **how: Any) -> OrderLineRef:
        ref = super().is_ordered(*lines, **how)
        self.orders[-1]["currency"] = self.currency
        return ref

    def line(self, quantity: Decimal, price: Decimal, *, item: str = "MILK", tax: str = "0.05", return_of: LineRef | None = None) -> Line:
        """A till line whose amounts are rounded to the currency's unit."""
        net = (quantity * price).quantize(self.unit, "ROUND_HALF_UP")
        taxed = (net * Decimal(tax)).quantize(self.unit, "ROUND_HALF_UP")
        return Line(0, item, quantity, price=price, net=net, tax=taxed, return_of=return_of)

    def sells_at_cost(self, standard_cost: str = "0.60", item: str = "MILK", *, negative: bool = True, tracked: bool = True) -> None:
        self.pending.items.append(Item(item, batch_tracked=tracked, negative_physical=negative, standard_cost=Decimal(standard_cost)))

    def averages(self) -> None:
        """All items are valued at moving average from here on, before anything is in stock."""
        self.comes_in()
        ItemModelGroup.objects.update(costing_method="moving_average")
        self.journal.values_at(moving_average=True)

    def receives(
        self,
        quantity: int | str,
        unit_cost: str,
        batch: str = "",
        *,
        item: str = "MILK",
        warehouse: str = "W1",
        at: datetime = LONG_AGO,
        receipt: str = "",
    ) -> None:
        self.steps += 1
        row = Receipt(receipt or f"R{self.steps}", 1, warehouse, item, batch or f"B{self.steps}", Decimal(quantity), at)
        self.pending.receipts.append(replace(row, unit_cost=Decimal(unit_cost)))

    def costs_from_now_on(self, standard_cost: str, item: str = "MILK", *, negative: bool = True, tracked: bool = True) -> Answer:
        """The file of items with another standard cost."""
        self.steps += 1
        world = World(items=[Item(item, batch_tracked=tracked, negative_physical=negative, standard_cost=Decimal(standard_cost))])
        ((kind, path),) = write_world(self.folder / f"in{self.steps}", world)
        return done("import_data", kind, str(path))

    def is_valued_at(self, costing: str, item: str = "MILK") -> Answer:
        """The file of items with a costing method; everything else is as it is."""
        self.steps += 1
        row = ItemRow.objects.get(code=item)
        world = World(
            items=[Item(item, batch_tracked=True, negative_physical=True, standard_cost=row.standard_cost.normalize(), costing=costing)]
        )
        ((kind, path),) = write_world(self.folder / f"in{self.steps}", world)
        return done("import_data", kind, str(path))

    def must_refuse(self, kind: str, rows: str, code: str) -> str:
        """A file of one row that is refused; gives the sentence."""
        self.steps += 1
        path = self.folder / f"refused{self.steps}.csv"
        path.write_text(rows, encoding="utf-8")
        answer = run("import_data", kind, str(path))
        assert answer.status == PARTLY, answer
        rejected = Path(f"{path}.rejected.csv").read_text(encoding="utf-8")
        assert code in rejected, rejected
        return rejected

    def keeps_journal(
        self,
        kind: str,
        quantity: str,
        batch: str,
        *,
        item: str = "MILK",
        warehouse: str = "W1",
        to_warehouse: str = "",
        receipt: str = "",
        at: datetime = LONG_AGO,
    ) -> Answer:
        """A journal of one line; it may be refused."""
        self.steps += 1
        path = self.folder / f"journal{self.steps}.csv"
        row = f"J{self.steps},1,{kind},{warehouse},{to_warehouse},{item},{batch},{quantity},{at:%Y-%m-%d},{receipt},because"
        path.write_text(f"journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\n{row}\n", encoding="utf-8")
        return run("import_data", "journals", str(path))

    # -- what the books say ----------------------------------------------------------------------------------------

    def account(self, posting_type: str) -> Decimal:
        """Balance of an account: debits less credits."""
        accounts = PostingProfile.objects.filter(posting_type=posting_type).values("account_id")
        found = VoucherLine.objects.filter(account_id__in=accounts).aggregate(amount=Sum(F("debit") - F("credit")))
        return found["amount"] or ZERO

    def moved_cost(self) -> Decimal:
        """The sum of what movements cost."""
        return InventoryTransaction.objects.aggregate(cost=Sum("cost_amount"))["cost"] or ZERO

    def costs_of_movements(self, *kinds: int) -> list[Decimal]:
        """Costs of the movements of these kinds of documents, in order."""
        return list(InventoryTransaction.objects.filter(source_kind__in=kinds).order_by("id").values_list("cost_amount", flat=True))

    def unit_cost(self, item: str = "MILK", warehouse: str = "W1") -> Decimal:
        return WarehouseItemCost.objects.get(item__code=item, warehouse__code=warehouse).unit_cost

    def stock(self) -> dict[tuple[str, str], Decimal]:
        """Quantity by warehouse and item."""
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for warehouse, item, physical in OnHand.objects.values_list("warehouse__code", "item__code", "physical"):
            found[warehouse, item] += physical
        return found

    def must_be_worth_what_it_costs(self) -> None:
        """Inventory account = sum of movements' cost = on-hand times cost, to the unit of the currency; and zero where nothing lies."""
        values = InventoryTransaction.objects.values_list("warehouse__code", "item__code").annotate(value=Sum("cost_amount"))
        value = {(warehouse, item): amount for warehouse, item, amount in values}
        costs = {
            (row.warehouse.code, row.item.code): row.unit_cost for row in WarehouseItemCost.objects.select_related("warehouse", "item")
        }
        for pool, quantity in self.stock().items():
            assert value.get(pool, ZERO) == (quantity * costs[pool]).quantize(self.unit, "ROUND_HALF_UP"), (
                pool,
                quantity,
                costs[pool],
                value,
            )
        assert self.account("inventory") == self.moved_cost() == sum(value.values(), ZERO)
        self.must_be_sound()
