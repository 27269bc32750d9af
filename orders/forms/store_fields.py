"""Form fields that pick stores."""

from django import forms

from orders.models import Store


class StoresField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Stores to pick from, by code and name."""

    def label_from_instance(self, row: Store) -> str:
        """As people know the store."""
        return f"{row.code} {row.name}".strip()
