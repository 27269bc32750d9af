"""What of the database a person sees: the stores given to them, within the company they work in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q


class StoreGrant(NamedTuple):
    """A store with its warehouse and company as far as there are any; a warehouse without store has no `store`."""

    store: int | None
    warehouse: int | None
    company: int | None
    company_code: str
    store_code: str = ""


class Grants(NamedTuple):
    """All that was given to a person, over all companies. `everything`: all stores, and warehouses that belong to no store."""

    everything: bool
    places: tuple[StoreGrant, ...]


NOTHING = Grants(False, ())


@dataclass(frozen=True, slots=True)
class Scope:
    """Stores and warehouses that a request may touch. `company_id` is 0 while there is no company.

    A store without warehouse belongs to no company yet, so it is seen in every one.
    """

    company_id: int
    company_ids: frozenset[int]
    company_codes: frozenset[str]
    everything: bool
    store_ids: frozenset[int]
    warehouse_ids: frozenset[int]
    store_codes: frozenset[str] = frozenset()

    @property
    def unlimited(self) -> bool:
        """Everything was given and there is no second company: no row needs to be held against a list of keys."""
        return self.everything and len(self.company_ids) <= 1

    def stores(self, path: str = "store") -> Q:
        """The condition that the store at `path`, never empty, is one of these; path "" is for the stores themselves."""
        return Q() if self.unlimited else Q(**{within(path): sorted(self.store_ids)})

    def warehouses(self, path: str = "warehouse") -> Q:
        """The condition that the warehouse at `path`, never empty, is one of these; path "" is for the warehouses themselves."""
        return Q() if self.unlimited else Q(**{within(path): sorted(self.warehouse_ids)})


def within(path: str) -> str:
    """The lookup of a list of keys at a path."""
    return f"{path}__in" if path else "pk__in"


def scope_in(grants: Grants, company_code: str) -> Scope:
    """The scope in the company of that code, else in the first by code in which the person has anything."""
    companies = {place.company_code: place.company for place in grants.places if place.company is not None}
    chosen = company_code if company_code in companies else min(companies, default="")
    company_id = companies.get(chosen, 0)
    here = [place for place in grants.places if place.company is None or place.company == company_id]
    return Scope(
        company_id=company_id,
        company_ids=frozenset(companies.values()),
        company_codes=frozenset(companies),
        everything=grants.everything,
        store_ids=known(place.store for place in here),
        warehouse_ids=known(place.warehouse for place in here),
        store_codes=frozenset(place.store_code for place in here if place.store_code),
    )


def known(ids: Iterable[int | None]) -> frozenset[int]:
    """The keys that there are."""
    return frozenset(found for found in ids if found is not None)
