"""What the frame of every page shows: company, navigation, jobs bell, colours. Read only when a template asks for it."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from core.access.access import STORE_KEY, Access, access_of
from core.access.scope import Scope
from core.jobs.queries.pages import open_job_count
from parameters.models import LegalEntity
from parameters.queries import companies

THEME_COOKIE, NAVIGATION_COOKIE, CLOSED_COOKIE = "theme", "nav", "nav-closed"


@dataclass(frozen=True, slots=True)
class Theme:
    """A choice of colours."""

    key: str
    name: StrPromise
    icon: str


THEMES = (
    Theme("light", gettext_lazy("Light"), "sun"),
    Theme("dark", gettext_lazy("Dark"), "moon"),
    Theme("system", gettext_lazy("Like the system"), "screen"),
)


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the navigation pane: a page by the name of its address. It is left out while no such address exists."""

    view: str
    name: StrPromise
    icon: str


@dataclass(frozen=True, slots=True)
class Module:
    """A group of places under one heading; `key` remembers that a person closed it. Without a name it cannot be closed."""

    key: str
    name: StrPromise | str
    places: tuple[NavItem, ...]


MODULES = (
    Module(
        "home",
        "",
        (
            NavItem("home:start", gettext_lazy("Store financials"), "home"),
            NavItem("statements:inbox", gettext_lazy("Inbox"), "inbox"),
        ),
    ),
    Module(
        "stores",
        gettext_lazy("Stores"),
        (
            NavItem("statements:list", gettext_lazy("Statements"), "statement"),
            NavItem("statements:transactions", gettext_lazy("POS transactions"), "receipt"),
            NavItem("statements:late", gettext_lazy("Late documents"), "clock"),
            NavItem("statements:gift_cards", gettext_lazy("Gift cards"), "item"),
            NavItem("statements:problems", gettext_lazy("Validation problems"), "alert"),
        ),
    ),
    Module(
        "orders",
        gettext_lazy("Customer orders"),
        (
            NavItem("customer_orders:list", gettext_lazy("Customer orders"), "order"),
            NavItem("customer_orders:pending", gettext_lazy("Pending orders"), "clock"),
            NavItem("orders:list", gettext_lazy("Sales orders"), "receipt"),
            NavItem("orders:invoices", gettext_lazy("Invoices"), "invoice"),
            NavItem("orders:accounts", gettext_lazy("Customer accounts"), "user"),
        ),
    ),
    Module(
        "inventory",
        gettext_lazy("Inventory"),
        (
            NavItem("inventory:items", gettext_lazy("Items"), "item"),
            NavItem("inventory:batches", gettext_lazy("Batches"), "batch"),
            NavItem("inventory:on_hand", gettext_lazy("On-hand"), "stock"),
            NavItem("inventory:expiring", gettext_lazy("Expiring stock"), "clock"),
            NavItem("inventory:debt", gettext_lazy("Batch debt"), "batch"),
            NavItem("inventory:transactions", gettext_lazy("Inventory transactions"), "moves"),
            NavItem("inventory:receipts", gettext_lazy("Receipts of goods"), "import"),
            NavItem("inventory:journals", gettext_lazy("Inventory journals"), "ledger"),
            NavItem("statements:policy_lab", gettext_lazy("Policy lab"), "again"),
            NavItem("statements:recalls", gettext_lazy("Recalls"), "alert"),
        ),
    ),
    Module("ledger", gettext_lazy("Ledger"), (NavItem("ledger:vouchers", gettext_lazy("Vouchers"), "ledger"),)),
    Module(
        "jobs",
        gettext_lazy("Jobs"),
        (
            NavItem("jobs:list", gettext_lazy("Jobs"), "jobs"),
            NavItem("jobs:recurrences", gettext_lazy("Recurrences"), "clock"),
            NavItem("imports:start", gettext_lazy("Import"), "import"),
            NavItem("integrity:differences", gettext_lazy("Differences"), "alert"),
            NavItem("imports:evidence_of_period", gettext_lazy("Evidence"), "download"),
        ),
    ),
    Module(
        "setup",
        gettext_lazy("Setup"),
        (
            NavItem("parameters:retail", gettext_lazy("Retail parameters"), "settings"),
            NavItem("setup:index", gettext_lazy("Setup"), "setup"),
            NavItem("access:users", gettext_lazy("Users"), "user"),
            NavItem("tokens:list", gettext_lazy("API tokens"), "lock"),
            NavItem("access:audit", gettext_lazy("Audit"), "history"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """A place with its address; `current` is the value of aria-current, '' elsewhere."""

    name: str
    icon: str
    url: str
    current: str


@dataclass(frozen=True, slots=True)
class ModuleLinks:
    """A module with the places that this person may open."""

    key: str
    name: str
    open: bool
    places: list[PlaceLink]

    @property
    def current(self) -> PlaceLink | None:
        """The place that this page belongs to, if it is one of this module."""
        return next((place for place in self.places if place.current), None)


def address_of(view: str) -> str:
    """The address of a page that needs no arguments, '' where there is none of that name yet."""
    try:
        return known_address(view)
    except NoReverseMatch:
        return ""


@cache
def known_address(view: str) -> str:
    """The same, looked up once: every page shows some thirty. That there is none (NoReverseMatch) is not kept."""
    return reverse(view)


class Frame:
    """Lazy: a fragment or a page without frame costs nothing. At most two queries a page, beside those of the person's access."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def access(self) -> Access:
        """What the person may open and see."""
        return access_of(self.request)

    @cached_property
    def companies(self) -> list[LegalEntity]:
        """The companies in which the person has stores, by code."""
        own = self.access.scope.company_ids
        return [company for company in companies() if company.pk in own]

    @cached_property
    def company(self) -> LegalEntity | None:
        """The company that the person works in."""
        return next((company for company in self.companies if company.pk == self.access.company_id), None)

    @property
    def store(self) -> dict[str, Any]:
        """The store that lists start with, as id, code and name; empty for all. Kept in the session, so that showing it costs nothing."""
        chosen = self.request.session.get(STORE_KEY)
        return chosen if isinstance(chosen, dict) else {}

    @cached_property
    def scope(self) -> Scope:
        """The stores of the person in the company, or of these the one that was chosen in the top bar."""
        scope, chosen = self.access.scope, self.store.get("id")
        if chosen not in scope.store_ids:
            return scope
        warehouses = frozenset(place.warehouse for place in self.access.grants.places if place.store == chosen and place.warehouse)
        return replace(scope, everything=False, store_ids=frozenset({chosen}), warehouse_ids=warehouses)

    @property
    def languages(self) -> list[tuple[str, str]]:
        """What the pages can be read in: code and the language's own name."""
        return list(settings.LANGUAGES)

    @cached_property
    def page_address(self) -> str:
        """The address of this page with its query, for forms that lead back to it. Put together once: a list may have a long query."""
        return self.request.get_full_path()

    @cached_property
    def store_address(self) -> str:
        """Where a store is chosen for this page."""
        return f"{address_of('home:store')}?next={quote(self.page_address)}"

    @cached_property
    def open_jobs(self) -> int:
        """Jobs of the person that are not finished."""
        return open_job_count(self.access)

    @property
    def theme(self) -> str:
        """The colours chosen in this browser."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in {theme.key for theme in THEMES} else "system"

    @property
    def themes(self) -> tuple[Theme, ...]:
        """All themes that may be chosen."""
        return THEMES

    @property
    def nav(self) -> str:
        """`narrow` when the navigation pane shows icons only."""
        return "narrow" if self.request.COOKIES.get(NAVIGATION_COOKIE) == "narrow" else "wide"

    @cached_property
    def modules(self) -> list[ModuleLinks]:
        """The navigation pane; the deepest place above this page is the current one."""
        path = self.request.path
        closed = self.request.COOKIES.get(CLOSED_COOKIE, "").split(".")
        known = [(module, [(place, address_of(place.view)) for place in module.places]) for module in MODULES]
        addresses = [url for _, places in known for _, url in places if url]
        above = max((url for url in addresses if path.startswith(url)), key=len, default="")
        modules = []
        for module, places in known:
            links = [
                PlaceLink(
                    str(place.name),
                    place.icon,
                    url,
                    ("page" if url == path else "true") if url == above else "",
                )
                for place, url in places
                if url and self.access.may(place.view)
            ]
            if links:
                is_open = module.key not in closed or any(link.current for link in links)
                modules.append(ModuleLinks(module.key, str(module.name), is_open, links))
        return modules

    @property
    def breadcrumbs(self) -> list[tuple[str, str]]:
        """The breadcrumb: the module, and the place where the page lies below it."""
        for module in self.modules:
            if place := module.current:
                own = [(place.name, place.url)] if place.current == "true" else []
                return ([(module.name, "")] if module.name else []) + own
        return []


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: what the layout of every page needs."""
    return {"frame": Frame(request)}
