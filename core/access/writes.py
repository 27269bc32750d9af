"""Adds to the audit trail; writes the roles as groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from core.access.models import AuditEntry
from core.access.rights import RIGHTS_OF_ROLE
from core.lib.messages import Message, encode


def record_audit(
    action: AuditEntry.Action, actor: str, subject: str | Message = "", details: Mapping[str, Any] | None = None, address: str | None = None
) -> None:
    """Adds one entry; call it inside the transaction of the action, so that neither is there without the other.

    `actor` is a user name, or the name of what acted without a person. `details` must be JSON and hold no secret. Two queries.
    """
    values = {**(details or {}), **({"title": encode(subject)} if isinstance(subject, Message) else {})}
    AuditEntry.objects.create(
        action=action, actor=actor[:150], user_id=_user_id(actor), subject=str(subject)[:200], details=values, address=address
    )


def record_audits(action: AuditEntry.Action, actor: str, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """As `record_audit`, one entry for each (subject, details). Two queries."""
    user_id = _user_id(actor)
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(action=action, actor=actor[:150], user_id=user_id, subject=subject[:200], details=dict(details))
            for subject, details in entries
        ]
    )


def _user_id(actor: str) -> int | None:
    users = get_user_model()
    return users.objects.filter(**{users.USERNAME_FIELD: actor}).values_list("pk", flat=True).first() if actor else None


def write_groups(using: str = "default") -> None:
    """Makes every role a group with exactly its rights; doing it twice changes nothing. The permissions are there already."""
    rows = Permission.objects.using(using).values_list("content_type__app_label", "codename", "pk")
    ids = {f"{app}.{codename}": pk for app, codename, pk in rows}
    for role, rights in RIGHTS_OF_ROLE.items():
        group = Group.objects.using(using).get_or_create(name=role)[0]
        group.permissions.set([ids[right] for right in rights])
