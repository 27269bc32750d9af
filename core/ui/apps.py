"""Application configuration."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Template tags of all pages: values as text, icons, states, buttons."""

    name = "core.ui"
    label = "ui"
