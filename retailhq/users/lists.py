"""The lists of users and of the audit trail."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import django_filters
import django_tables2 as tables
from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from core.access.access import access_of
from core.access.models import AuditEntry
from core.access.roles import ROLES
from core.access.throttling import locked_names
from core.i18n.messages import render
from core.i18n.texts import count_text
from core.lib.messages import Message, decode
from core.tables.filters import ANYTHING, ListFilter, date_input
from core.tables.page import ListPage
from core.tables.tables import UNBROKEN, UNBROKEN_WIDE, WIDE, Column
from core.tables.views import list_view
from retailhq.users.queries import add_people, audit_seen_by, users_seen_by

Users: TypeAlias = "QuerySet[User, User]"
STATES = (("active", gettext_lazy("Active")), ("locked", gettext_lazy("Locked out")), ("inactive", gettext_lazy("Inactive")))
NONE = '<span class="muted">{% load i18n %}{% translate "none" %}</span>'


class UserTable(tables.Table):  # type: ignore[misc]
    """Users; `person` of a row is the user with roles and stores."""

    username = Column(
        '<a href="{% url "access:user" record.pk %}">{{ record.username }}</a>', verbose_name=gettext_lazy("User"), attrs=UNBROKEN
    )
    name = Column("{{ record.get_full_name }}", plain=lambda user: user.get_full_name(), verbose_name=gettext_lazy("Name"), attrs=WIDE)
    email = Column("{{ record.email }}", verbose_name=gettext_lazy("E-mail address"), attrs=WIDE, shown=False)
    roles = Column(
        '{{ record.person.roles|join:", " }}{% if not record.person.roles %}' + NONE + "{% endif %}",
        plain=lambda user: ", ".join(user.person.roles),
        verbose_name=gettext_lazy("Roles"),
    )
    stores = Column(
        '{% load i18n show %}{% with own=record.person.stores %}{% if record.person.all_stores %}{% translate "all" %}{% elif own %}'
        '<span class="code">{{ own|slice:":6"|join:" " }}</span>{% if own|length > 6 %} … ({{ own|length|count }}){% endif %}'
        "{% else %}" + NONE + "{% endif %}{% endwith %}",
        plain=lambda user: gettext("all") if user.person.all_stores else " ".join(user.person.stores),
        verbose_name=gettext_lazy("Stores"),
    )
    last_login = Column(
        '{% load i18n show %}{% if record.last_login %}{% moment record.last_login "UTC" "short" zoned=False %}{% else %}'
        '<span class="muted">{% translate "never" %}</span>{% endif %}',
        verbose_name=gettext_lazy("Last sign-in (UTC)"),
        attrs=UNBROKEN_WIDE,
    )
    date_joined = Column(
        '{% load show %}{% moment record.date_joined "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Made on (UTC)"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
    state = Column(
        "{% load show %}{% state record.person.state record.person.state_text %}",
        plain=lambda user: user.person.state_text,
        verbose_name=gettext_lazy("State"),
        attrs=UNBROKEN,
    )


class UserFilter(ListFilter):
    """Role and state."""

    role = django_filters.ChoiceFilter(
        "groups__name", choices=[(role.key, role.title) for role in ROLES], label=gettext_lazy("Role"), empty_label=ANYTHING
    )
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=gettext_lazy("State"), empty_label=ANYTHING)

    class Meta:
        model = User
        fields: list[str] = []

    def by_state(self, rows: Users, name: str, value: str) -> Users:
        """Who may sign in, who must wait because they guessed too often, who may not; one query more for the first two."""
        if value == "inactive":
            return rows.filter(is_active=False)
        locked = Q(username__in=locked_names(User.objects.all()))
        return rows.filter(locked if value == "locked" else ~locked, is_active=True)


USERS = ListPage(
    key="users",
    view="access:users",
    title=gettext_lazy("Users"),
    rows=users_seen_by,
    annotate_page=add_people,
    table=UserTable,
    filters=UserFilter,
    sorts={
        "username": ("username",),
        "name": ("last_name", "first_name", "pk"),
        "email": ("email", "pk"),
        "last_login": ("last_login", "pk"),
        "date_joined": ("date_joined", "pk"),
    },
    default_sort="username",
    quick=("username__icontains", "first_name__icontains", "last_name__icontains", "email__icontains"),
    quick_label=gettext_lazy("Name or e-mail contains"),
    nothing=(gettext_lazy("There are no users yet"), gettext_lazy("Press New user.")),
    no_match=gettext_lazy("No user matches"),
    template="users/user_list.html",
)


def details_text(entry: AuditEntry) -> str:
    """The details in one line: `roles: clerk → clerk, poster; reason: broken`."""
    return "; ".join(f"{name}: {value}" for name, value in format_details(entry))


# What a posting was asked for, by the rows of the tables: people know documents by their numbers, so they are counted.
LISTED_BY_ID = ("statements", "deliveries")


def format_details(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    """Names and values of the details in the reader's language; what changed of a user is told from and to."""
    for name, value in entry.details.items():
        if name == "title":
            continue
        if entry.action == AuditEntry.Action.USER_CHANGE and isinstance(value, list) and len(value) == 2:
            yield gettext(name), " → ".join(_value_text(name, one) for one in value)
        elif name in LISTED_BY_ID and isinstance(value, list):
            yield gettext(name), count_text(len(value))
        else:
            yield gettext(name), _value_text(name, value)


def _value_text(name: str, value: Any) -> str:
    """Messages and our own words are told in the reader's language; whatever else a detail holds is data."""
    if isinstance(value, dict) and isinstance(found := decode(value) if value.keys() == {"m"} else None, Message):
        return render(found)
    if isinstance(value, dict):
        return ", ".join(f"{gettext(key)} {_value_text(key, one)}" for key, one in value.items())
    if isinstance(value, list) and value:
        return ", ".join(_value_text(name, one) for one in value)
    if value in (None, "", []):
        return "\N{EN DASH}"
    is_word = isinstance(value, bool) or name in {"action", "event"} or (name, value) == ("stores", "all")
    return gettext(str(value)) if is_word else str(value)


class DetailsColumn(Column):
    """The details of an entry, names paler than values."""

    def render(self, record: Model) -> str:
        """The cell of a row."""
        assert isinstance(record, AuditEntry)
        parts = ((name, Truncator(value).chars(80)) for name, value in format_details(record))
        return format_html('<span class="small">{}</span>', format_html_join(" · ", '<span class="muted">{}</span> {}', parts))


class AuditTable(tables.Table):  # type: ignore[misc]
    """Entries of the audit trail, newest first."""

    at = Column('{% load show %}{% moment record.at "UTC" "short" zoned=False %}', verbose_name=gettext_lazy("When (UTC)"), attrs=UNBROKEN)
    actor = Column("{{ record.actor|default:'\N{EN DASH}' }}", verbose_name=gettext_lazy("Who"))
    action = Column(
        "{{ record.get_action_display }}",
        plain=lambda entry: entry.get_action_display(),
        verbose_name=gettext_lazy("Action"),
        attrs=UNBROKEN,
    )
    subject = Column(
        "{% load show %}{{ record.what|message|truncatechars:60 }}",
        plain=lambda entry: render(entry.what),
        verbose_name=gettext_lazy("What"),
    )
    details = DetailsColumn(
        "",
        plain=details_text,
        verbose_name=gettext_lazy("Details"),
        attrs=WIDE,
    )
    address = Column('<span class="code">{{ record.address|default:"" }}</span>', verbose_name=gettext_lazy("Address"), attrs=UNBROKEN_WIDE)


class AuditFilter(ListFilter):
    """Narrows the audit trail by user, action and days."""

    actor = django_filters.CharFilter("actor", label=gettext_lazy("Who"))
    action = django_filters.ChoiceFilter(choices=AuditEntry.Action.choices, label=gettext_lazy("Action"), empty_label=ANYTHING)
    date_from = django_filters.DateFilter("at", "date__gte", label=gettext_lazy("From"), widget=date_input())
    date_to = django_filters.DateFilter("at", "date__lte", label=gettext_lazy("To"), widget=date_input())

    class Meta:
        model = AuditEntry
        fields: list[str] = []


AUDIT = ListPage(
    key="audit-trail",
    view="access:audit",
    title=gettext_lazy("Audit trail"),
    rows=audit_seen_by,
    table=AuditTable,
    filters=AuditFilter,
    sorts={"at": ("pk",)},
    default_sort="-at",
    quick=("subject__icontains",),
    quick_label=gettext_lazy("What contains"),
    nothing=(gettext_lazy("Nothing happened yet"), gettext_lazy("Sign-ins, changes, imports, calculations and postings appear here.")),
    no_match=gettext_lazy("No entry matches"),
)


def refusal_to_add(request: HttpRequest) -> dict[str, Any]:
    """Why the person may not make users, '' for who may."""
    may_create = access_of(request).may("access:user_create", "POST")
    return {"refusal": "" if may_create else gettext("You may look, but not change: ask an administrator for the right to change this.")}


show_users = list_view(USERS, refusal_to_add)
show_audit = list_view(AUDIT)
