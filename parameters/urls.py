"""Addresses of the pages of parameters."""

from django.urls import path

from parameters import views

app_name = "parameters"
urlpatterns = [
    path("retail/", views.edit_retail, name="retail"),
    path("retail/history/", views.show_history, name="history"),
    path("retail/restore/", views.restore_value, name="restore"),
]
