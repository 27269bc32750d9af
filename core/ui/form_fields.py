"""Fields and a form that pages of several apps share: codes and numbers read as imports do, problems of services at their fields."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.i18n.messages import render
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import Problem


class NumberField(forms.DecimalField):
    """A number in the digits of the language; a text field, because a number field would swallow what is no number.

    What is too long for a document is refused by the rule of the imports.
    """

    def __init__(self, decimals: int, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "form-control"})
        super().__init__(localize=True, widget=widget, **options)
        self.decimals = self.decimal_places = decimals

    def to_python(self, value: Any) -> Any:
        """The number; blanks alone are nothing."""
        number = super().to_python(value.strip() if isinstance(value, str) else value)
        if number is not None and number.is_finite():
            try:
                parsing.document_number(f"{number:f}", self.decimals)
            except FieldError as error:
                raise ValidationError(render(error.at(str(self.label)).message), code=error.code) from None
        return number


class CodeField(forms.CharField):
    """A code, read by the rule of the imports, or by another one."""

    def __init__(self, read: Callable[[str], str] = parsing.code, **options: Any) -> None:
        self.read = read
        super().__init__(widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}), **options)
        self.validators = []

    def clean(self, value: Any) -> str:
        """The code, '' for a blank; raises ValidationError with the rule's sentence."""
        text = str(super().clean(value))
        if not text:
            return ""
        try:
            return self.read(text)
        except FieldError as error:
            raise ValidationError(render(error.at(str(self.label)).message), code=error.code) from None


class ProblemForm(forms.Form):
    """A form that shows problems of services at the fields they are about, and in the list on top with their codes."""

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Shows each problem at the field that it is about, else above the form."""
        for problem in problems:
            self.add_error(self.place_of(problem), ValidationError(render(problem), code=problem.code))

    def place_of(self, problem: Problem) -> str | None:
        """The field that a problem is about."""
        return None

    def mark_wrong(self) -> None:
        """Fields with an error say so to assistive technology and by their border."""
        for name in self.errors:
            if name in self.fields:
                attrs = self.fields[name].widget.attrs
                attrs["class"] = f"{attrs.get('class', '')} is-invalid"
                attrs["aria-invalid"] = "true"
                attrs["aria-describedby"] = f"id_{name}-error"
