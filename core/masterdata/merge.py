"""Concurrent edits: of two versions of a record each person's own changes are kept, and nobody writes back what they never touched."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms

OPENED = "opened"


class OpenedField(forms.CharField):
    """What the form showed when it was opened, so that changes can be told from what was merely shown."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)
        self.validators = []


def sent_values(form: forms.BaseForm) -> dict[str, str]:
    """What a browser would send of a form as it stands; a switch that is off is not sent."""
    sent = {}
    for name, field in form.fields.items():
        if name == OPENED or field.disabled:
            continue
        # A bound field of its own: those of the form keep what they showed first, and whoever made the form may still fill it.
        value = field.prepare_value(field.get_bound_field(form, name).value())
        if isinstance(field, forms.BooleanField):
            text = "on" if value and value != "False" else ""
        else:
            shown = field.widget.format_value(value)
            text = str((shown[0] if shown else "") if isinstance(shown, list | tuple) else "" if shown is None else shown)
        if text:
            sent[name] = text
    return sent


def remember(form: forms.BaseForm) -> None:
    """Puts what the form shows into it; a form that comes back keeps what it was opened with."""
    form.initial[OPENED] = json.dumps(sent_values(form), sort_keys=True) if not form.is_bound else form.data.get(OPENED, "")


def merged(data: Mapping[str, Any], stored: forms.BaseForm) -> dict[str, Any]:
    """What was typed, on top of what is stored now: fields that were not touched since the form was opened are as they are stored.

    `stored` is the unbound form of the stored record. What a form was not opened with counts as typed.
    """
    try:
        opened = json.loads(str(data.get(OPENED, "")))
    except (ValueError, RecursionError):
        return dict(data.items())
    now = sent_values(stored)
    found = dict(data.items())
    for name in stored.fields:
        if isinstance(opened, dict) and str(found.get(name, "")) == str(opened.get(name, "")):
            found.pop(name, None)
            if name in now:
                found[name] = now[name]
    found[OPENED] = json.dumps(now, sort_keys=True)
    return found
