"""What the ledger says after a case: sums by account of the standard chart, zeros left out."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from tests.scenarios.world import Shop

NAMES = {
    **{"1010": "cash", "1020": "card", "1030": "gift cards", "1040": "vouchers", "1050": "on account", "1060": "safe", "1070": "bank"},
    **{"1080": "float", "1200": "clearing", "1300": "inventory", "2100": "tax", "2200": "gift card liability", "2300": "prepayment"},
    **{
        "4000": "revenue",
        "4100": "discounts",
        "4900": "income",
        "5000": "cost",
        "6100": "expense",
        "6200": "over/short",
        "6300": "rounding",
    },
}
GOODS = ("inventory", "cost")


def balances(shop: Shop, *, without: Collection[str] = GOODS) -> dict[str, str]:
    """Debit less credit by account; what goods cost is left out unless asked for."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in shop.exports("vouchers"):
        sums[NAMES.get(row["account"], row["account"])] += Decimal(row["debit"]) - Decimal(row["credit"])
    return {name: f"{amount:.2f}" for name, amount in sums.items() if amount and name not in without}
