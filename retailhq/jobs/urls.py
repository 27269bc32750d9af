"""Addresses of the pages of jobs."""

from django.urls import path

from retailhq.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.show_list, name="list"),
    path("bell/", views.show_bell, name="bell"),
    path("<int:job_id>/", views.show_job, name="detail"),
]
