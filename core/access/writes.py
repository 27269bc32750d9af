"""Adds to the audit trail."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model

from core.access.models import AuditEntry
from core.lib.messages import Message, encode


def record_audit(
    action: AuditEntry.Action, actor: str, subject: str | Message = "", details: Mapping[str, Any] | None = None, address: str | None = None
) -> None:
    """Adds one entry; call it inside the transaction of the action, so that neither is there without the other.

    `actor` is a user name, or the name of what acted without a person. `details` must be JSON and hold no secret. Two queries.
    """
    users = get_user_model()
    user_id = users.objects.filter(**{users.USERNAME_FIELD: actor}).values_list("pk", flat=True).first() if actor else None
    values = {**(details or {}), **({"title": encode(subject)} if isinstance(subject, Message) else {})}
    AuditEntry.objects.create(
        action=action, actor=actor[:150], user_id=user_id, subject=str(subject)[:200], details=values, address=address
    )
