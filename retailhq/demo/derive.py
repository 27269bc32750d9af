"""Derives the import files of a slice of the tickets, week by week, so that a year needs no more memory than a week.

The files depend on the source, the slice and a fixed seed only: the same call writes the same bytes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from retailhq.demo.catalogue import Item, ItemSales, build_items
from retailhq.demo.chance import happens
from retailhq.demo.deliveries import Delivery, Fate, Window, plan_deliveries, window_of
from retailhq.demo.output import ImportFiles
from retailhq.demo.source import RawLine, Source
from retailhq.demo.stores import (
    LATEST_CLOSE,
    STOP_ENTITY,
    Slice,
    StorePlan,
    choose_stores,
    plan_stop_store,
    plan_store,
)
from retailhq.demo.tickets import Findings, Refusal, Ticket, build_ticket, refusal_reason, to_cents
from retailhq.demo.till_days import close_day, returns_of

WEEK = timedelta(days=7)

type_Report = Callable[[str], None]
