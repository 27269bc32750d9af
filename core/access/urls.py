"""Addresses of signing in and of passwords."""

from django.urls import path

from core.access import views, views_help

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("password/", views.change_password, name="password_change"),
    path("password/forgotten/", views.ask_for_reset, name="password_reset"),
    path("password/forgotten/sent/", views.show_reset_sent, name="password_reset_sent"),
    path("password/new/<uidb64>/<token>/", views.ChooseNewPassword.as_view(), name="password_reset_confirm"),
    path("ask/", views_help.ask, name="ask"),
    path("ask/<int:request_id>/answer/", views_help.answer, name="answer"),
]
