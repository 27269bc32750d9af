"""Form fields that pick stores."""

from django import forms

from core.access.access import Access
from orders.models import Store


class StoresField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Stores to pick from, by code and name."""

    def label_from_instance(self, row: Store) -> str:
        """As people know the store."""
        return f"{row.code} {row.name}".strip()


def offer_own_stores(form: forms.Form, giver: Access) -> None:
    """Who has some stores only is offered these, in `stores`, and not `all_stores`."""
    if giver.grants.everything:
        return
    field = form.fields["stores"]
    assert isinstance(field, StoresField)
    field.queryset = Store.objects.filter(pk__in={place.store for place in giver.grants.places if place.store}).order_by("code")
    form.fields["all_stores"].disabled = True
    form.fields["all_stores"].initial = form.initial["all_stores"] = False
