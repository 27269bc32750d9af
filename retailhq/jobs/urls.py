"""Addresses of the pages of jobs; their list is mounted beside them in retailhq/lists/job_urls.py."""

from django.urls import path

from retailhq.jobs import views

app_name = "jobs"
urlpatterns = [
    path("bell/", views.show_bell, name="bell"),
    path("latest/", views.show_latest, name="latest"),
    path("<int:job_id>/", views.show_job, name="detail"),
]
