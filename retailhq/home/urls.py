"""Addresses of the start page and of the frame's switches."""

from django.urls import path

from retailhq.home import views

app_name = "home"
urlpatterns = [
    path("", views.show_start, name="start"),
    path("theme/", views.choose_theme, name="theme"),
    path("company/", views.choose_company, name="company"),
]
