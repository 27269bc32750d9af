"""The address table: each app brings its own, this file only mounts them."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import autodiscover_modules
from django.views.i18n import set_language

from orders.urls import customer_order_urls
from retailhq.health import show_health

# Pages list and repeat jobs of every kind; each app declares its own in `tasks`.
autodiscover_modules("tasks")

handler403 = "retailhq.home.errors.refused"
handler404 = "retailhq.home.errors.not_found"
handler500 = "retailhq.home.errors.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("retailhq.home.urls")),
    path("", include("core.access.urls")),
    # Before the masters, whose addresses begin with any word.
    path("setup/", include("retailhq.users.urls")),
    path("setup/api-tokens/", include("retailhq.api.token_urls")),
    path("setup/import/", include("retailhq.exchange.urls")),
    path("setup/", include("retailhq.setup.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("parameters/", include("parameters.urls")),
    path("inventory/", include("inventory.urls")),
    path("ledger/", include("ledger.urls")),
    path("customer-orders/", include(customer_order_urls)),
    path("orders/", include("orders.urls")),
    path("", include("statements.urls")),
    path("jobs/differences/", include("retailhq.integrity.urls")),
    path("jobs/", include("retailhq.home.job_urls")),
    path("api/v1/", include("retailhq.api.urls")),
    path("health/", show_health, name="health"),
]
