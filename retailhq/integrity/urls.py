"""Addresses of the differences that recounts found."""

from django.urls import path

from retailhq.integrity import views

app_name = "integrity"
urlpatterns = [
    path("", views.show_differences, name="differences"),
    path("<int:difference_id>/", views.show_difference, name="difference"),
]
