"""The form of a user."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext, gettext_lazy

from core.access.access import Access
from core.access.roles import ROLES
from orders.forms.store_fields import StoresField, all_stores_field, offer_own_stores
from retailhq.users.services import UserRequest


class UserForm(forms.Form):
    """Name, roles and stores of a user; `user_id` is that of the user who is changed."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=gettext_lazy("What the person types to sign in. Letters, digits and @ . + - _"),
    )
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("For the link when the password is forgotten."),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=[(role.key, role.title) for role in ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("What the person may do; rights of several roles add up."),
    )
    all_stores = all_stores_field()
    stores = StoresField(
        help_text=gettext_lazy("What the person sees, unless it is all stores. Without any store, lists stay empty."),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Off: the person is signed out with the next click and cannot sign in. Nothing they did is lost."),
    )

    def __init__(self, *arguments: Any, user_id: int | None = None, giver: Access, **options: Any) -> None:
        super().__init__(*arguments, **options)
        offer_own_stores(self, giver)
        self.user_id = user_id
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.TextInput | forms.EmailInput):
                field.widget.attrs["class"] = "form-control"
                field.widget.attrs["autocomplete"] = "off"
            elif name == "stores":
                field.widget.attrs |= {"class": "form-select", "size": 8}

    def clean_username(self) -> str:
        """A name that no other user has, however it is written: two that differ in case only would be taken for each other."""
        name = str(self.cleaned_data["username"])
        others = User.objects.filter(username__iexact=name)
        if (others.exclude(pk=self.user_id) if self.user_id else others).exists():
            raise forms.ValidationError(gettext("There is a user of this name already."))
        return name

    def wanted(self) -> UserRequest:
        """The values as the service takes them."""
        data = self.cleaned_data
        stores = () if data["all_stores"] else tuple(data["stores"])
        names = (data["username"], data["first_name"], data["last_name"], data["email"])
        return UserRequest(*names, data["is_active"], frozenset(data["roles"]), data["all_stores"], stores)
