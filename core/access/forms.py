"""Sign-in and password-reset forms."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.utils.translation import gettext_lazy


class SignInForm(AuthenticationForm):
    """Django's form, with a user name that is no longer than there are user names: the count of failures has room for no more."""

    username = UsernameField(max_length=150)


class ResetForm(forms.Form):
    """Where to send the link for a new password."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
