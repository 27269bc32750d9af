"""The start page, and the switches of the frame."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import COMPANY_KEY, STORE_KEY
from core.access.addresses import back_to_asker
from orders.models import Store
from retailhq.home.frame import THEME_COOKIE, THEMES, Frame
from retailhq.home.panels import Home
from retailhq.home.queries import stores_to_choose
from retailhq.home.search import cleaned, pages_found, rows_found

YEAR = 365 * 24 * 3600


@require_safe
@never_cache
def show_start(request: HttpRequest) -> HttpResponse:
    """Store financials: what needs attention, each figure with a link to its list."""
    frame = Frame(request)
    home = Home(frame, timezone.now()) if frame.company else None
    return render(request, "home/start.html", {"frame": frame, "company": frame.company, "home": home})


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remembers the colours in a cookie; the script does the same without a request."""
    response = back(request)
    if request.POST.get("theme") in {theme.key for theme in THEMES}:
        response.set_cookie(THEME_COOKIE, request.POST["theme"], max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
def choose_company(request: HttpRequest) -> HttpResponse:
    """Remembers the company in the session; the store that was chosen belongs to another one."""
    request.session[COMPANY_KEY] = request.POST.get("company", "")[:60]
    request.session.pop(STORE_KEY, None)
    return back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choose_store(request: HttpRequest) -> HttpResponse:
    """The stores to choose from, in the top bar's menu or as a page; remembers in the session which one lists start with."""
    frame = Frame(request)
    stores = stores_to_choose(frame.access.scope)
    if request.method == "POST":
        chosen = next((store for store in stores if store.code == request.POST.get("store")), None)
        request.session[STORE_KEY] = kept(chosen) if chosen else {}
        return back(request)
    context = {"frame": frame, "stores": stores, "chosen": frame.store.get("code", ""), "back": request.GET.get("next", "")}
    return render(request, "home/_stores.html" if is_fragment(request) else "home/stores.html", context)


def kept(store: Store) -> dict[str, object]:
    """What the session keeps of the store that was chosen, so that showing it and starting lists with it costs nothing."""
    name, warehouse = f"{store.code} {store.name}".strip(), store.warehouse.code if store.warehouse else ""
    return {"id": store.pk, "code": store.code, "name": name, "warehouse": warehouse}


@require_safe
@never_cache
def show_search(request: HttpRequest) -> HttpResponse:
    """What was found, as the palette's list or as a page; one query beside those of the person's access."""
    frame = Frame(request)
    text = cleaned(request.GET.get("q", ""))
    pages = pages_found(frame.modules, text, frame.access)
    found = [*([pages] if pages.hits else []), *rows_found(frame.access, text)]
    context = {"frame": frame, "text": text, "found": found, "total": sum(len(group.hits) for group in found)}
    response = render(request, "home/_hits.html" if is_fragment(request) else "home/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asked, if it is one of ours."""
    return back_to_asker(request, resolve_url("home:start"))
