"""Which item master record a product of the tickets becomes: batch tracking, shelf life, unit, tax, cost.

Everything that the source lacks is derived here: shelf lives, tax rates, costs and policies are made up, but fixed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from retailhq.demo.amounts import MILLI, half_up, price_text
from retailhq.demo.chance import happens
from retailhq.demo.source import Product

# Days that goods of a department keep; every department named here is batch-tracked.
SHELF_LIFE_BY_DEPARTMENT = {
    "CHEF SHOPPE": 3,
    "DELI": 5,
    "MEAT": 5,
    "MEAT-PCKGD": 21,
    "NUTRITION": 180,
    "PASTRY": 4,
    "PRODUCE": 7,
    "SALAD BAR": 2,
    "SEAFOOD": 3,
    "SEAFOOD-PCKGD": 30,
}
# Where a category keeps longer or shorter than its department, and the categories of GROCERY that spoil.
SHELF_LIFE_BY_CATEGORY = {
    ("DELI", "CHEESES"): 21,
    ("DELI", "DELI MEATS"): 10,
    ("MEAT", "SMOKED MEATS"): 21,
    ("MEAT-PCKGD", "FROZEN MEAT"): 180,
    ("NUTRITION", "REFRIGERATED"): 21,
    ("PRODUCE", "APPLES"): 28,
    ("PRODUCE", "BERRIES"): 4,
    ("PRODUCE", "CARROTS"): 21,
    ("PRODUCE", "CITRUS"): 21,
    ("PRODUCE", "DRIED FRUIT"): 180,
    ("PRODUCE", "NUTS"): 180,
    ("PRODUCE", "ONIONS"): 28,
    ("PRODUCE", "POPCORN"): 180,
    ("PRODUCE", "POTATOES"): 28,
    ("GROCERY", "BAKED BREAD/BUNS/ROLLS"): 6,
    ("GROCERY", "BUTTER"): 90,
    ("GROCERY", "CHEESE"): 60,
    ("GROCERY", "EGGS"): 28,
    ("GROCERY", "FLUID MILK PRODUCTS"): 14,
    ("GROCERY", "MARGARINES"): 90,
    ("GROCERY", "MILK BY-PRODUCTS"): 21,
    ("GROCERY", "MISC. DAIRY"): 30,
    ("GROCERY", "REFRGRATD DOUGH PRODUCTS"): 45,
    ("GROCERY", "REFRGRATD JUICES/DRNKS"): 21,
    ("GROCERY", "YOGURT"): 30,
}
POLICY_BY_DEPARTMENT = {"NUTRITION": "fifo", "SEAFOOD-PCKGD": "batch_number", "CHEF SHOPPE": "lifo"}

# Sales tax in hundredths of a per cent. Food is taxed low, coupons, fuel and gift cards not at all.
TAX_FOOD, TAX_GOODS = 225, 725
TAX_BY_DEPARTMENT = {
    "COUPON": 0,
    "FUEL": 0,
    "MISCELLANEOUS": 0,
    "CHARITABLE CONT": 0,
    "POSTAL CENTER": 0,
    "SPIRITS": 900,
    **dict.fromkeys(("DRUG GM", "COSMETICS", "FLORAL", "GARDEN CENTER", "PHOTO & VIDEO"), TAX_GOODS),
    **dict.fromkeys(("TOYS", "AUTOMOTIVE", "ELECT &PLUMBING", "GM MERCH EXP", "HOUSEWARES"), TAX_GOODS),
}
GASOLINE = "GASOLINE-REG UNLEADED"
UNLISTED_GROUP = "UNLISTED"
COST_SHARE = 70  # per cent of the median price
PRICES_KEPT = 101  # per item: enough for a median, and no more memory for a year than for a week
STRICT_PER_MILLION = 40_000  # items that may not go negative: deliveries always cover them, so that the demo stays clean


@dataclass(slots=True)
class ItemSales:
    """What the survey of the tickets learns of one product."""

    lines: int = 0
    largest: int = 0
    prices: list[int] = field(default_factory=list)

    def add(self, quantity: int, cents: int) -> None:
        """Count one line of `quantity` source units sold for `cents`."""
        self.lines += 1
        self.largest = max(self.largest, quantity)
        if quantity > 0 and len(self.prices) < PRICES_KEPT:
            self.prices.append(half_up(cents * 10_000, quantity))


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One row of the items file and what the derivation needs to know of it. One object per item: compared by identity."""

    code: str
    name: str
    group: str
    unit: str
    shelf_life: int | None
    strict: bool
    policy: str
    cost: int  # millionths of the currency per unit
    tax_rate: int  # hundredths of a per cent
    milli: int  # thousandths of the item's unit in one unit of the source
    listed: bool
    prepaid_fuel: bool

    @property
    def tracked(self) -> bool:
        """Batch-tracked items are those that spoil."""
        return self.shelf_life is not None


def shelf_life_of(product: Product) -> int | None:
    """Return the days that a product keeps, None when it does not spoil within the demo's horizon."""
    by_category = SHELF_LIFE_BY_CATEGORY.get((product.department, product.category))
    return by_category or SHELF_LIFE_BY_DEPARTMENT.get(product.department)


def build_item(code: int, product: Product | None, sales: ItemSales) -> Item:
    """Make the item of a product code; `product` is None when the product table does not list it."""
    known = product or Product(code, "", "", "", "", "")
    # Fuel: pumps report thousandths of a gallon. Prepaid fuel is sold as one piece at the amount paid, never more than one a line.
    gallons = known.type == GASOLINE and sales.largest > 1
    prepaid = known.type == GASOLINE and not gallons
    prices = sorted(sales.prices)
    median = prices[len(prices) // 2] if prices else 0
    per_unit = median * MILLI if gallons else median
    group = known.department or UNLISTED_GROUP
    # Costs are rounded to a hundredth of a cent: nobody negotiates finer ones.
    cost = half_up(per_unit * COST_SHARE, 100 * 100) * 100
    return Item(
        code=str(code),
        name=item_name(code, product, prepaid=prepaid),
        group=group,
        unit="gal" if gallons else "each",
        shelf_life=shelf_life_of(known),
        strict=happens(STRICT_PER_MILLION, "strict", code),
        policy=POLICY_BY_DEPARTMENT.get(known.department, "fefo"),
        cost=cost,
        tax_rate=0 if product is None else TAX_BY_DEPARTMENT.get(known.department, TAX_FOOD),
        milli=1 if gallons else MILLI,
        listed=product is not None,
        prepaid_fuel=prepaid,
    )


def item_name(code: int, product: Product | None, *, prepaid: bool) -> str:
    """Make a name that a clerk can read out of the source's categories."""
    if product is None:
        return f"Unlisted product {code}"
    if prepaid:
        return "Prepaid gasoline"
    words = (product.type or product.category or product.department).capitalize()
    brand = "own brand" if product.brand == "Private" else ""
    return ", ".join(part for part in (words, product.size, brand) if part)


def build_items(sales: Mapping[int, ItemSales], products: Iterable[Product]) -> dict[int, Item]:
    """Make the items of all products that were sold, whether the product table lists them or not."""
    listed = {product.product: product for product in products if product.product in sales}
    return {code: build_item(code, listed.get(code), sales[code]) for code in sorted(sales)}


ITEM_COLUMNS = (
    *("item", "name", "item_group", "unit", "batch_tracked", "negative_physical", "wms_enabled"),
    *("allocation_policy", "shelf_life_days", "standard_cost"),
)


def item_row(item: Item) -> tuple[str, ...]:
    """Write the item as a row of the items file."""
    return (
        *(item.code, item.name, item.group, item.unit),
        "true" if item.tracked else "false",
        "false" if item.strict else "true",
        "true" if item.tracked else "false",
        item.policy,
        "" if item.shelf_life is None else str(item.shelf_life),
        price_text(item.cost),
    )
