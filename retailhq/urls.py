"""The address table: each app brings its own, this file only mounts them."""

from django.urls import URLPattern, URLResolver, path

from retailhq.health import show_health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", show_health, name="health"),
]
