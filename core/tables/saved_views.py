"""What people change about their lists: columns and saved views; each change is theirs alone."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from core.tables.models import VIEW_NAME_LENGTH, ColumnChoice, SavedView
from core.tables.page import ListPage
from core.tables.request import COLUMNS, ListRequest, address_of, kept_of, known
from core.tables.writes import clear_default, keep_columns, keep_view, make_default

MOST_VIEWS = 50


def choose_columns(request: HttpRequest, page: ListPage, asked: ListRequest) -> QueryDict:
    """Keeps the columns that were ticked, in the order of the form; `move` shifts one of them. Gives the query to go on with."""
    order = list(known(page, request.POST.getlist("order")))
    order += [name for name in page.columns if name not in order]
    name, _, way = request.POST.get("move", "").partition(":")
    if name in order and way in ("up", "down"):
        place = order.index(name)
        order.insert(max(0, place + (-1 if way == "up" else 1)), order.pop(place))
    ticked = set(request.POST.getlist("column"))
    columns = [name for name in order if name in ticked]
    query = asked.query.copy()
    query.pop(COLUMNS, None)
    if not columns:
        messages.warning(request, gettext("A list needs at least one column; nothing was changed."))
        return query
    assert request.user.pk is not None
    keep_columns(request.user.pk, page.key, columns)
    return query


def forget_columns(request: HttpRequest, page: ListPage, asked: ListRequest) -> QueryDict:
    """Back to the columns that everybody sees at first."""
    ColumnChoice.objects.filter(user=request.user.pk, list_key=page.key).delete()
    query = asked.query.copy()
    query.pop(COLUMNS, None)
    return query


def save_view(request: HttpRequest, page: ListPage, asked: ListRequest) -> QueryDict:
    """Keeps filters, sort and columns under a name; the same name again replaces what it stood for."""
    name = view_name(request)
    assert request.user.pk is not None
    if not name:
        messages.warning(request, gettext("Give the view a name."))
        return asked.query
    others = SavedView.objects.filter(user_id=request.user.pk, list_key=page.key).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        messages.warning(request, gettext("You have %(count)s views of this list; delete one first.") % {"count": MOST_VIEWS})
        return asked.query
    view = keep_view(request.user.pk, page.key, name, kept_of(page, asked))
    if request.POST.get("is_default"):
        make_default(view)
    messages.success(request, gettext("View “%(name)s” is saved.") % {"name": name})
    return address_of(view)


def rename_view(request: HttpRequest, page: ListPage, asked: ListRequest) -> QueryDict:
    """Gives the open view another name."""
    name = view_name(request)
    if asked.view is None or not name:
        messages.warning(request, gettext("Give the view a name."))
        return asked.query
    others = SavedView.objects.filter(user=asked.view.user_id, list_key=page.key, name=name).exclude(pk=asked.view.pk)
    if others.exists():
        messages.error(request, gettext("You have another view called “%(name)s”.") % {"name": name})
        return asked.query
    SavedView.objects.filter(pk=asked.view.pk).update(name=name)
    messages.success(request, gettext("The view is called “%(name)s” now.") % {"name": name})
    return asked.query


def delete_view(request: HttpRequest, page: ListPage, asked: ListRequest) -> QueryDict:
    """Deletes the open view; the list stays as it is."""
    query = asked.query.copy()
    query.pop("view", None)
    if asked.view is not None:
        asked.view.delete()
        messages.success(request, gettext("View “%(name)s” is deleted.") % {"name": asked.view.name})
    return query


def choose_default(request: HttpRequest, page: ListPage, asked: ListRequest) -> QueryDict:
    """Makes the open view the one that the list opens with, or no view at all."""
    if asked.view is not None and request.POST.get("is_default"):
        make_default(asked.view)
        messages.success(request, gettext("The list opens with “%(name)s” from now on.") % {"name": asked.view.name})
    else:
        assert request.user.pk is not None
        clear_default(request.user.pk, page.key)
        messages.success(request, gettext("The list opens without a view from now on."))
    return asked.query


def view_name(request: HttpRequest) -> str:
    """The name in the form, without what a database cannot hold."""
    return " ".join(request.POST.get("name", "").replace("\0", "").split())[:VIEW_NAME_LENGTH]


def ordered(page: ListPage, columns: Sequence[str]) -> list[str]:
    """All columns: first those shown, in their order, then the others as the table has them."""
    return [*columns, *(name for name in page.columns if name not in columns)]
