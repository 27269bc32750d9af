"""What the frame of every page shows: company, navigation, jobs bell, colours. Read only when a template asks for it."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from parameters.models import LegalEntity
from parameters.queries import companies
from retailhq.access.access import Access, access_of
from retailhq.jobs.queries.pages import open_job_count

THEME_COOKIE, NAVIGATION_COOKIE = "theme", "nav"


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
class Place:
    """An entry of the navigation pane; `group` is the heading that it and the entries after it stand under, up to the next heading."""

    view: str
    name: StrPromise
    icon: str
    group: StrPromise | str = ""


PLACES = (
    Place("home:start", gettext_lazy("Store financials"), "home"),
    Place("statements:list", gettext_lazy("Statements"), "statement", gettext_lazy("Stores")),
    Place("statements:transactions", gettext_lazy("POS transactions"), "receipt"),
    Place("jobs:list", gettext_lazy("Jobs"), "jobs", gettext_lazy("System")),
    Place("parameters:retail", gettext_lazy("Retail parameters"), "settings", gettext_lazy("Setup")),
)


def places_for(access: Access) -> list[Place]:
    """The places that may be opened; a heading moves to the first of its group that is left."""
    found: list[Place] = []
    heading, shown = PLACES[0].group, PLACES[0].group
    for place in PLACES:
        heading = place.group or heading
        if access.may(place.view):
            found.append(replace(place, group=heading if heading != shown else ""))
            shown = heading
    return found


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """A place with its address; `current` is the value of aria-current, '' elsewhere."""

    name: StrPromise
    icon: str
    group: StrPromise | str
    url: str
    current: str


class Frame:
    """Lazy: a fragment or a page without frame costs nothing. At most two statements a page, beside those of the person's access."""

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
        """What may be chosen."""
        return THEMES

    @property
    def nav(self) -> str:
        """`narrow` when the navigation pane shows icons only."""
        return "narrow" if self.request.COOKIES.get(NAVIGATION_COOKIE) == "narrow" else "wide"

    @property
    def places(self) -> list[PlaceLink]:
        """What the person may open, as the navigation pane; the deepest place above this page is the current one."""
        path = self.request.path
        links = [(place, reverse(place.view)) for place in places_for(self.access)]
        above = max((url for _, url in links if path.startswith(url)), key=len, default="")
        return [
            PlaceLink(place.name, place.icon, place.group, url, ("page" if url == path else "true") if url == above else "")
            for place, url in links
        ]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """The context processor."""
    return {"frame": Frame(request)}
