"""Addresses of the pages of jobs; their list is mounted beside them in retailhq/home/job_urls.py."""

from django.urls import path

from core.jobs import views, views_recurrences

app_name = "jobs"
urlpatterns = [
    path("bell/", views.show_bell, name="bell"),
    path("latest/", views.show_latest, name="latest"),
    path("recurrences/", views_recurrences.show_recurrences, name="recurrences"),
    path("recurrences/new/", views_recurrences.edit_recurrence, name="new_recurrence"),
    path("recurrences/<int:recurrence_id>/", views_recurrences.edit_recurrence, name="recurrence"),
    path("recurrences/<int:recurrence_id>/pause/", views_recurrences.pause, name="pause"),
    path("recurrences/<int:recurrence_id>/delete/", views_recurrences.delete, name="delete_recurrence"),
    path("recurrences/<int:recurrence_id>/run/", views_recurrences.run_now, name="run_now"),
    path("<int:job_id>/", views.show_job, name="detail"),
    path("<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("<int:job_id>/repeat/", views.repeat, name="repeat"),
    path("<int:job_id>/files/<int:file_id>/", views.show_file, name="file"),
]
