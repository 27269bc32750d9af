"""Addresses of the pages of tokens."""

from django.urls import path

from retailhq.api import views

app_name = "tokens"
urlpatterns = [
    path("", views.show_tokens, name="list"),
    path("new/", views.make_token, name="new"),
    path("<int:token_id>/revoke/", views.revoke, name="revoke"),
]
