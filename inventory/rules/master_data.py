"""What may be changed of items, policy groups and batches once they are in use; imports and pages ask the same."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from core.lib.messages import Params
from core.lib.problems import Code, Problem, register
from inventory.rules.facts import Conversions, Ratio, ratio_between
from inventory.rules.file_columns import UnitConversionRow

register(
    Code(
        "ITEM_HAS_OPEN_SALES",
        "setup",
        "Unit, unit conversions and batch tracking of an item cannot change while sales or orders of it are not posted.",
        "Post them first, or make a new item or a new unit.",
        {
            "": "Sales of item {item} are not posted yet; post them before you change its unit or batch tracking.",
            "conversion": (
                "Sales or orders of item {item} in {unit} are not posted yet and counted as {stock_unit} by this conversion; post them "
                "before you change it, or make a new unit."
            ),
        },
    ),
    Code(
        "TRACKING_IN_USE",
        "setup",
        "Batch tracking of a tracking group cannot change once an item of it has been in stock or has sales that are not posted.",
        "Make a new tracking group for new items.",
        "Item {item} of this group has been in stock; batch tracking of the group stays as it is.",
    ),
    Code(
        "BATCH_IS_DEFAULT",
        "setup",
        "A default batch stands for no real goods: it has no dates and is never blocked.",
        "Leave its dates blank and its disposition one that allows sale.",
        "{batch} is a default batch: leave its dates blank and its disposition one that allows sale.",
    ),
    Code(
        "BATCH_DATES",
        "setup",
        "The dates of a batch contradict each other.",
        "Correct them: production comes before best before and expiry.",
        {
            "best_before": "The date of best before, {day}, lies before production on {manufactured_on}.",
            "expires_on": "The date of expiry, {day}, lies before production on {manufactured_on}.",
        },
    ),
    Code(
        "WAREHOUSE_IN_USE",
        "setup",
        "The company of a warehouse cannot change once stock or documents rely on it.",
        "Leave the company as it is, or make a new warehouse.",
        "Warehouse {warehouse} has stock or documents of company {legal_entity}; leave it there, or make a new warehouse for {wanted}.",
    ),
    Code(
        "SITE_OF_OTHER_COMPANY",
        "setup",
        "A warehouse names a site of another legal entity.",
        "Choose a site of the same legal entity.",
        "Site {site} belongs to another legal entity.",
    ),
)


class Counted(NamedTuple):
    """In which unit an item is counted, and whether in batches."""

    unit: str
    batch_tracked: bool


def item_problem(code: str, before: Counted, after: Counted) -> Problem | None:
    """Why an item that has been in stock cannot be counted otherwise."""
    if before == after:
        return None
    return Problem(
        "ITEM_IN_USE", {"item": code, "unit": before.unit}, variant="batch_tracked" if before.batch_tracked else "not_batch_tracked"
    )


def kind_problem(code: str, before: str, after: str | None) -> Problem | None:
    """Why an item that has been in stock, or stands on documents, stays of its kind."""
    if after in (None, before):
        return None
    return Problem("ITEM_IN_USE", {"item": code, "kind": before}, variant="kind")


def warehouse_company_problem(code: str, before: str, after: str) -> Problem | None:
    """Why a warehouse that stock or documents rely on stays in its company: what is booked there is in that company's ledger."""
    if before == after:
        return None
    return Problem("WAREHOUSE_IN_USE", {"warehouse": code, "legal_entity": before, "wanted": after})


class BatchDates(NamedTuple):
    manufactured_on: date | None
    best_before: date | None
    expires_on: date | None


def batch_problem(number: str, is_default_batch: bool, dates: BatchDates, blocked: bool) -> Problem | None:
    """Why a batch cannot have these dates and this disposition."""
    if is_default_batch and (any(dates) or blocked):
        return Problem("BATCH_IS_DEFAULT", {"batch": number})
    made = dates.manufactured_on
    for field, day in (("best_before", dates.best_before), ("expires_on", dates.expires_on)):
        if made and day and day < made:
            return Problem("BATCH_DATES", {"day": day, "manufactured_on": made}, field, variant=field)
    return None


def open_sales_problem(item: str) -> Problem:
    """Quantities of open sales were counted in the item's unit, and with or without batches."""
    return Problem("ITEM_HAS_OPEN_SALES", {"item": item})


class UsedUnit(NamedTuple):
    """An item that documents which are not posted have in another unit than its own."""

    item: str
    unit: str
    stock_unit: str


def by_pair(used: Iterable[UsedUnit]) -> dict[frozenset[str], list[UsedUnit]]:
    """Used units by the two that a conversion is between."""
    found: dict[frozenset[str], list[UsedUnit]] = defaultdict(list)
    for one in sorted(used):
        found[frozenset((one.unit, one.stock_unit))].append(one)
    return found


def conversion_problem(
    conversions: Conversions, wanted: UnitConversionRow, used: Mapping[frozenset[str], Sequence[UsedUnit]]
) -> Problem | None:
    """Why a conversion cannot be made or become what is `wanted`: what open documents counted would be counted otherwise.

    A new one may do that as well: one of the item goes before the one for all. None where documents had no conversion at all.
    """
    relying = used.get(frozenset((wanted.from_unit, wanted.to_unit)), ())
    after = {**conversions, wanted[:3]: Ratio(wanted.factor, wanted.denominator)} if relying else {}
    for one in relying:
        if wanted.item in ("", one.item):
            old, new = (ratio_between(one.unit, one.stock_unit, one.item, ratios) for ratios in (conversions, after))
            if old and new and old.factor * new.denominator != new.factor * old.denominator:
                said: Params = {"item": one.item, "unit": one.unit, "stock_unit": one.stock_unit}
                return Problem("ITEM_HAS_OPEN_SALES", said, variant="conversion")
    return None
