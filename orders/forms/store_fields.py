"""Form fields that pick stores."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.access.access import Access
from orders.models import Store


class StoresField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Stores to pick from, by code and name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": gettext_lazy("Stores"), "queryset": Store.objects.order_by("code"), "required": False, **options})

    def label_from_instance(self, row: Store) -> str:
        """As people know the store."""
        return f"{row.code} {row.name}".strip()


def all_stores_field() -> forms.BooleanField:
    """The choice of all stores instead."""
    return forms.BooleanField(
        label=gettext_lazy("All stores"),
        required=False,
        help_text=gettext_lazy("Also those that open later, and warehouses without store."),
    )


def offer_own_stores(form: forms.Form, giver: Access) -> None:
    """Who has some stores only is offered these, in `stores`, and not `all_stores`."""
    if giver.grants.everything:
        return
    field = form.fields["stores"]
    assert isinstance(field, StoresField)
    field.queryset = Store.objects.filter(pk__in={place.store for place in giver.grants.places if place.store}).order_by("code")
    form.fields["all_stores"].disabled = True
    form.fields["all_stores"].initial = form.initial["all_stores"] = False
