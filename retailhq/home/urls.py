"""Addresses of the start page and of the frame's switches."""

from django.urls import path

from retailhq.home import views

app_name = "home"
urlpatterns = [
    path("", views.show_start, name="start"),
    path("theme/", views.choose_theme, name="theme"),
    path("search/", views.show_search, name="search"),
    path("store/", views.choose_store, name="store"),
    path("company/", views.choose_company, name="company"),
]
