"""Addresses of users and of the audit trail."""

from django.urls import path

from retailhq.users import lists, views

app_name = "access"
urlpatterns = [
    path("users/", lists.show_users, name="users"),
    path("users/new/", views.create_user, name="user_create"),
    path("users/<int:user_id>/", views.edit_user, name="user"),
    path("users/<int:user_id>/password/", views.give_password, name="user_password"),
    path("users/<int:user_id>/unlock/", views.unlock_user, name="user_unlock"),
    path("audit/", lists.show_audit, name="audit"),
]
