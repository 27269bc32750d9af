"""Charts drawn on the server: pygal lays them out, our style sheet colours them, so that both themes and the strict policy hold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from django.utils.safestring import SafeString, mark_safe

from core.i18n.texts import count_text, decimal_text

if TYPE_CHECKING:
    import pygal

WIDTH, HEIGHT = 400, 150
Values = Sequence[int | Decimal | None]


def bars(labels: Sequence[str], values: Values, *, every: int = 1, unit: str = "", ahead: Values = ()) -> SafeString:
    """Upright bars; every so many have their label shown. `unit` stands behind the numbers of the axis, `ahead` is expected on top."""
    import pygal

    kind = pygal.StackedBar if ahead else pygal.Bar
    chart = kind(**layout(), show_minor_x_labels=False, x_labels_major_every=every, value_formatter=lambda value: short(value) + unit)
    return drawn(chart, labels, values, *([ahead] if ahead else []))


def rows(labels: Sequence[str], values: Values) -> SafeString:
    """Bars that lie, for names too long to stand under a bar; the first is on top."""
    import pygal

    chart = pygal.HorizontalBar(**{**layout(), "show_y_guides": False, "show_x_guides": True}, value_formatter=short)
    return drawn(chart, list(reversed(labels)), list(reversed(values)))


def layout() -> dict[str, object]:
    """What all charts share."""
    from pygal.style import Style

    # Sizes only: they place the words. Colours are classes in retailhq/static/retailhq/home.css.
    sizes = Style(label_font_size=11, major_label_font_size=11, font_family="sans-serif")
    return {
        "width": WIDTH, "height": HEIGHT, "show_legend": False, "explicit_size": False, "js": (), "style": sizes, "margin": 2,
        "min_scale": 3, "max_scale": 5, "spacing": 5, "no_data_text": "", "truncate_label": -1,
    }  # fmt: skip


def short(value: float) -> str:
    """A number for an axis."""
    return count_text(round(value)) if value == round(value) else decimal_text(Decimal(str(round(value, 2))))


def drawn(chart: "pygal.graph.graph.Graph", labels: Sequence[str], *series: Values) -> SafeString:
    """The picture as SVG without styles, scripts and identifiers of its own; decoration beside the table that says the same."""
    chart.x_labels = list(labels)
    for values in series:
        chart.add("", [None if value is None else float(value) for value in values])
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in {"defs", "desc", "title", "script", "style"}:
                parent.remove(child)
        for name in ("style", "id"):
            parent.attrib.pop(name, None)
    root.set("class", "chart")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return mark_safe(ElementTree.tostring(root, encoding="unicode"))
