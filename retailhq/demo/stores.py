"""Which stores and days the demo takes, and the store master data that the tickets lack."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from retailhq.demo.chance import between

# The source does not say where a store is. Four zones, so that offsets differ and clock changes come at different instants.
ZONES = ("America/Chicago", "America/Denver", "America/Los_Angeles", "America/New_York")
WMS_EVERY = 4  # one warehouse in four runs advanced warehousing
# Every third store closes its day at midnight, the others after the last late customers.
LATE_CLOSE, MIDNIGHT = time(4), time(0)
LATEST_CLOSE = timedelta(hours=4)
DAY = timedelta(days=1)

MAIN_ENTITY, MAIN_NAME = "CJ", "Complete Journey Grocers"
DEFAULT_BATCH = "NOBATCH"  # the default batch id of the main entity; the other one has none
STOP_ENTITY, STOP_NAME = "CJX", "Complete Journey Express (fallback off)"


@dataclass(frozen=True)
class Slice:
    """The part of the tickets to take: business days from `first_day` on, and how many stores (None: all).

    `choice` is `busiest` (most lines in these days first) or `stratified` (spread evenly from the busiest to the quietest).
    """

    first_day: date = date(2017, 3, 6)
    days: int = 7
    stores: int | None = 8
    choice: str = "busiest"
    with_stop_store: bool = True

    def __post_init__(self) -> None:
        """Refuse a slice without days or stores, or an unknown way to choose."""
        if self.days < 1 or (self.stores is not None and self.stores < 1):
            raise ValueError("a slice needs at least one day and one store")
        if self.choice not in ("busiest", "stratified"):
            raise ValueError(f"unknown choice of stores: {self.choice}")

    @property
    def last_day(self) -> date:
        """Return the last business day."""
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def first_stamp(self) -> datetime:
        """Return the earliest local time that can belong to the slice."""
        return datetime.combine(self.first_day, time())

    @property
    def until_stamp(self) -> datetime:
        """Return the first local time that can no longer belong to the slice."""
        return self.first_stamp + self.days * DAY + LATEST_CLOSE


@dataclass(frozen=True)
class Supply:
    """How well a store is supplied, in parts per million of its deliveries of batch-tracked items."""

    never: int = 15_000
    late: int = 30_000
    midweek: int = 15_000
    short: int = 20_000
    opening: int = 250_000  # items that start with something left of an earlier batch
    captured: int = 6_000  # sale lines whose batch the till did capture
    dropped_item: int | None = None  # this item's deliveries stay unregistered
    returns: bool = True


FULL_SUPPLY = Supply(never=0, late=0, midweek=0, short=0, opening=0, captured=0, returns=False)


@dataclass(frozen=True, eq=False)
class StorePlan:
    """One store of the demo. One object per store: compared by identity."""

    number: int
    entity: str
    zone: ZoneInfo
    closes: time
    first_day: date
    last_day: date
    supply: Supply
    plant: str  # letter in the batch numbers of the supplier that delivers here

    @cached_property
    def code(self) -> str:
        return f"S{self.number}"

    @cached_property
    def warehouse(self) -> str:
        """Return the code of the store's only warehouse."""
        return f"W{self.number}"

    def business_date(self, stamp: datetime) -> date:
        """Return the business date of a local time."""
        day = stamp.date()
        return day - DAY if stamp.time() < self.closes else day

    def instant(self, stamp: datetime) -> datetime:
        """Give a local time its offset.

        A time that the spring clock change skips moves on by the hour that it skipped; one that comes twice in autumn is the
        first of the two.
        """
        local = stamp.replace(tzinfo=self.zone)
        return local.astimezone(UTC).astimezone(self.zone)

    def clock_oddity(self, stamp: datetime) -> str:
        """Say whether a local time was skipped or came twice, '' when neither."""
        first, second = (stamp.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1))
        if first == second or first is None or second is None:
            return ""
        return "local_time_skipped" if first < second else "local_time_twice"


def plan_store(number: int, wanted: Slice) -> StorePlan:
    """Place an ordinary store of the demo."""
    return StorePlan(
        number=number,
        entity=MAIN_ENTITY,
        zone=ZoneInfo(ZONES[number % len(ZONES)]),
        closes=MIDNIGHT if number % 3 == 0 else LATE_CLOSE,
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        supply=Supply(),
        plant="ABC"[between(0, 2, "plant", number)],
    )


def plan_stop_store(number: int, wanted: Slice, day: date, dropped_item: int) -> StorePlan:
    """Place the store of the legal entity whose fallback is off: one day, fully supplied but for one item."""
    supply = replace(FULL_SUPPLY, dropped_item=dropped_item)
    plan = plan_store(number, wanted)
    return replace(plan, entity=STOP_ENTITY, first_day=day, last_day=day, supply=supply, plant="X")


def choose_stores(lines: Mapping[int, int], wanted: Slice) -> tuple[int, ...]:
    """Choose stores by their number of lines; ties go to the lower store number."""
    ranking = sorted(lines, key=lambda store: (-lines[store], store))
    if wanted.stores is None or wanted.stores >= len(ranking):
        return tuple(ranking)
    if wanted.choice == "busiest":
        return tuple(ranking[: wanted.stores])
    return tuple(ranking[index * len(ranking) // wanted.stores] for index in range(wanted.stores))


STORE_COLUMNS = ("store", "name", "warehouse", "currency", "time_zone", "end_of_business_day")
WAREHOUSE_COLUMNS = ("warehouse", "name", "site", "legal_entity", "wms_enabled", "store_negative_physical")
ENTITY_COLUMNS = ("legal_entity", "name", "currency")


def store_row(plan: StorePlan) -> tuple[str, ...]:
    """Write the store as a row of the stores file."""
    return (plan.code, f"Store {plan.number}", plan.warehouse, "USD", str(plan.zone), f"{plan.closes:%H:%M}")


def warehouse_row(plan: StorePlan) -> tuple[str, ...]:
    """Write the store's warehouse as a row of the warehouses file."""
    wms = "true" if plan.number % WMS_EVERY == 0 else "false"
    site = f"{plan.entity}-{str(plan.zone).split('/')[1].upper()}"
    return (plan.warehouse, f"Store {plan.number} back room", site, plan.entity, wms, "false")
