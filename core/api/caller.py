"""Who calls: the token of a request, what it may do, and how often. The page of a person never counts here, and a token never there."""

from contextlib import suppress
from datetime import timedelta
from hmac import compare_digest
from time import time
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from redis.exceptions import RedisError

from core.api.answers import refusal
from core.api.models import Token
from core.api.services import digest_of
from core.api.writes import note_use
from core.lib.problems import Problem

WINDOW = 60
A_MINUTE = timedelta(minutes=1)
WANTED = {"WWW-Authenticate": 'Bearer realm="RetailHQ"'}
logger = structlog.get_logger(__name__)


class Bearer(HttpBearer):
    """Lets a call in whose token has one of the verbs; without verbs, every valid token."""

    def __init__(self, *verbs: str) -> None:
        super().__init__()
        self.verbs = verbs

    def __call__(self, request: HttpRequest) -> Any:
        """The token. Raises ApiError: TOKEN_..., VERB_NOT_ALLOWED, TOO_MANY_CALLS. One query, and one a minute that notes the use."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.openapi_scheme or not secret.strip():
            raise refusal(Problem("TOKEN_MISSING"), headers=WANTED)
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        """The token of that secret."""
        found = token_of(token)
        count_call(found)
        if self.verbs and not any(found.may(verb) for verb in self.verbs):
            raise refusal(Problem("VERB_NOT_ALLOWED", {"token": found.name, "verb": self.verbs[0]}))
        if found.last_used_at is None or timezone.now() - found.last_used_at > A_MINUTE:
            note_use(found.pk)
        return found


def token_of(secret: str) -> Token:
    """The valid token of a secret, looked up by digest: the time of the look-up tells nothing about a secret. Raises ApiError."""
    digest = digest_of(secret)
    token = Token.objects.filter(digest=digest).first()
    if token is None or not compare_digest(token.digest, digest):
        raise refusal(Problem("TOKEN_UNKNOWN"), headers=WANTED)
    if token.revoked_at is not None:
        raise refusal(Problem("TOKEN_REVOKED", {"token": token.name}), headers=WANTED)
    if token.expires_at is not None and token.expires_at <= timezone.now():
        raise refusal(Problem("TOKEN_EXPIRED", {"token": token.name}), headers=WANTED)
    return token


def count_call(token: Token) -> None:
    """Counts the call in its minute, over all web processes. Raises ApiError TOO_MANY_CALLS.

    A cache that is away counts nothing: a limit that keeps tills from selling would be worse than none.
    """
    now = time()
    key = f"calls:{token.pk}:{int(now // WINDOW)}"
    try:
        count = add_call(key)
    except (RedisError, OSError, ValueError):
        logger.warning("calls_not_counted", token=token.name)
        return
    if count > settings.API_CALLS_PER_MINUTE:
        problem = Problem("TOO_MANY_CALLS", {"token": token.name, "most": settings.API_CALLS_PER_MINUTE})
        raise refusal(problem, headers={"Retry-After": str(WINDOW - int(now % WINDOW))})


def add_call(key: str) -> int:
    """One more under the key; how many that makes. Only the first call of a minute makes its counter."""
    with suppress(ValueError):
        return cache.incr(key)
    cache.add(key, 0, 2 * WINDOW)
    return cache.incr(key)


def request_token(request: HttpRequest) -> Token:
    """The token of a call that was let in."""
    token: Token = request.auth  # type: ignore[attr-defined]
    return token
