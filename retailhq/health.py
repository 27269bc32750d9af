"""The health page: tells a load balancer whether this server can answer people, and says nothing else to strangers."""

import contextlib

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.jobs.queries.signs import PARTS, silent_parts
from retailhq.embedded.supervise import missing_migrations


@login_not_required
@require_safe
@never_cache
def show_health(request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer and all migrations of this version were applied, else 503; three queries, at most some seconds.

    Worker, beat and watchdog are told as well and do not change the status: pages are served without them, and a load balancer that took
    the web server away would help nobody.
    """
    parts = {"database": database_answers(), "migrations": is_migrated(), "broker": broker_answers()}
    healthy = all(parts.values())
    silent = silent_in_background() if parts["database"] else PARTS
    background = {part: part not in silent for part in PARTS}
    return JsonResponse({"healthy": healthy, **parts, **background}, status=200 if healthy else 503)


def silent_in_background() -> tuple[str, ...]:
    """What of worker, beat and watchdog has said nothing of late; all of them where the tables are not made yet."""
    try:
        return silent_parts()
    except DatabaseError:
        return PARTS


def database_answers() -> bool:
    """Whether the database runs a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def is_migrated() -> bool:
    """Whether the tables are those of this version: pages of a server that was started before `migrate` would fail one by one."""
    try:
        return not missing_migrations()
    except DatabaseError:
        return False


def broker_answers() -> bool:
    """Whether the broker answers PING within two seconds."""
    extra = {} if settings.REDIS_URL.startswith("unix:") else {"socket_connect_timeout": 2}
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, retry=None, **extra)
    with contextlib.closing(client):
        try:
            return bool(client.ping())
        except (OSError, redis.RedisError):
            return False
