"""Addresses of the import wizard."""

from django.urls import path

from retailhq.exchange import views

app_name = "imports"
urlpatterns = [
    path("", views.start, name="start"),
    path("<int:import_id>/", views.show, name="detail"),
    path("<int:import_id>/apply/", views.apply, name="apply"),
    path("<int:import_id>/columns/", views.map_columns, name="columns"),
    path("<int:import_id>/file/", views.show_source, name="source"),
    path("of-job/<int:job_id>/", views.show_of_job, name="of_job"),
    path("evidence/period/", views.ask_for_period_evidence, name="evidence_of_period"),
    path("evidence/batches/<int:batch_id>/", views.ask_for_batch_evidence, name="evidence_of_batch"),
    path("evidence/<int:statement_id>/", views.ask_for_evidence, name="evidence"),
    path("templates/<slug:kind>/", views.show_template, name="template"),
]
