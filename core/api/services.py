"""Tokens are made and revoked; a call under an Idempotency-Key is done once.

Locks: the kept answer of a key (unique index) before everything that the call itself locks. A second call under the key waits there, and
finds the first one's answer once that is committed, or does the work itself if the first one was refused.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.api import writes
from core.api.answers import Reply, refusal
from core.api.models import IdempotencyRecord, Token
from core.jobs.chunks import is_retryable
from core.lib.problems import Problem

MARK = "rhq_"
SHOWN = 12
# How long a call waits for another one, under the same key or on the same order.
LOCK_MILLISECONDS = 10_000
SOON = {"Retry-After": "2"}


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """How a new token shall be."""

    name: str
    verbs: Collection[str]
    all_stores: bool
    stores: Collection[str]
    expires_at: datetime | None


def digest_of(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so that a plain digest cannot be guessed back."""
    return sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_token(wanted: TokenRequest, user: User) -> tuple[Token, str]:
    """Makes a token and gives its secret, which is stored nowhere in clear."""
    secret = MARK + secrets.token_urlsafe(32)
    token = Token.objects.create(
        name=wanted.name,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        verbs=sorted(wanted.verbs),
        all_stores=wanted.all_stores,
        stores=[] if wanted.all_stores else sorted(wanted.stores),
        expires_at=wanted.expires_at,
        created_by=user,
    )
    details = {"verbs": token.verbs, "stores": "all" if token.all_stores else token.stores, "expires": str(wanted.expires_at or "never")}
    record_audit(AuditEntry.Action.TOKEN_CREATE, user.get_username(), token.name, details)
    return token, secret


@transaction.atomic
def revoke_token(token_id: int, user: User) -> bool:
    """Ends a token for good; says whether this call did. What it did stays."""
    changed = Token.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=timezone.now())
    if changed:
        record_audit(AuditEntry.Action.TOKEN_REVOKE, user.get_username(), Token.objects.get(pk=token_id).name)
    return bool(changed)


def run_idempotent(token: Token, key: str, digest: str, act: Callable[[], Reply]) -> tuple[Reply, bool]:
    """What `act` answers, and whether that is the answer of an earlier call under the same key. Without key it is simply done.

    Everything that `act` does is committed together with its answer, or not at all when it raises. Raises ApiError
    IDEMPOTENCY_KEY_REUSED when the key came with another call, IDEMPOTENCY_KEY_BUSY when the first call takes too long, BUSY when `act`
    waits for others too long.
    """
    with transaction.atomic():
        writes.wait_at_most(LOCK_MILLISECONDS)
        row_id = _claimed(token, key, digest) if key else None
        if key and row_id is None:
            return _kept(token, key, digest), True
        reply = _done(act)
        if row_id is not None:
            writes.store_answer(row_id, reply.status, {"body": reply.body, "location": reply.location})
    return reply, False


def _claimed(token: Token, key: str, digest: str) -> int | None:
    try:
        return writes.claim_key(token.pk, key, digest)
    except OperationalError as error:
        if is_retryable(error):
            raise refusal(Problem("IDEMPOTENCY_KEY_BUSY", {"key": key}), headers=SOON) from error
        raise


def _done(act: Callable[[], Reply]) -> Reply:
    try:
        return act()
    except OperationalError as error:
        if is_retryable(error):
            raise refusal(Problem("BUSY"), headers=SOON) from error
        raise


def _kept(token: Token, key: str, digest: str) -> Reply:
    kept = IdempotencyRecord.objects.get(token=token, key=key)
    if kept.digest != digest:
        raise refusal(Problem("IDEMPOTENCY_KEY_REUSED", {"key": key}))
    return Reply(kept.status, kept.answer["body"], kept.answer["location"])
