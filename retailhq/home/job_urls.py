"""Addresses of jobs: their list, and the pages of the room of jobs."""

from django.urls import path

from core.jobs import urls
from retailhq.home.job_list import show_jobs

app_name = urls.app_name
urlpatterns = [path("", show_jobs, name="list"), *urls.urlpatterns]
