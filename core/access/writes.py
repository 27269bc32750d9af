"""Adds to the audit trail; writes the roles as groups."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission, User

from core.access.models import AuditEntry
from core.access.rights import RIGHTS_OF_ROLE
from core.db.bulk import execute, text_array
from core.lib.messages import Message, encode

# Who acted may be no person, or one that is not known (a failed sign-in).
_ADD_ENTRIES = f"""
    INSERT INTO access_auditentry (action, actor, user_id, subject, details, address)
    SELECT %(action)s, %(actor)s, u.id, e.subject, e.details, %(address)s::inet
    FROM unnest(%(subjects)s::text[], %(details)s::jsonb[]) WITH ORDINALITY AS e (subject, details, place)
    LEFT JOIN {User._meta.db_table} u ON u.{User.USERNAME_FIELD} = %(user)s
    ORDER BY e.place
"""


def record_audit(
    action: AuditEntry.Action, actor: str, subject: str | Message = "", details: Mapping[str, Any] | None = None, address: str | None = None
) -> None:
    """Adds one entry; call it inside the transaction of the action, so that neither is there without the other.

    `actor` is a user name, or the name of what acted without a person. `details` must be JSON and hold no secret. One query.
    """
    values = {**(details or {}), **({"title": encode(subject)} if isinstance(subject, Message) else {})}
    record_audits(action, actor, [(str(subject), values)], address)


def record_audits(
    action: AuditEntry.Action, actor: str, entries: Sequence[tuple[str, Mapping[str, Any]]], address: str | None = None
) -> None:
    """As `record_audit`, one entry for each (subject, details). One query."""
    execute(
        _ADD_ENTRIES,
        {
            **{"action": str(action), "actor": actor[:150], "user": actor, "address": address},
            "subjects": text_array(subject[:200] for subject, _ in entries),
            "details": text_array(json.dumps(details) for _, details in entries),
        },
    )


def write_groups(using: str = "default") -> None:
    """Makes every role a group with exactly its rights; doing it twice changes nothing. The permissions are there already."""
    rows = Permission.objects.using(using).values_list("content_type__app_label", "codename", "pk")
    ids = {f"{app}.{codename}": pk for app, codename, pk in rows}
    for role, rights in RIGHTS_OF_ROLE.items():
        group = Group.objects.using(using).get_or_create(name=role)[0]
        group.permissions.set([ids[right] for right in rights])
