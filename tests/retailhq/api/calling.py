"""Calls of the API for tests, in this process: `till.post("customer-orders", order)`."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.test import Client

from core.api.models import Token
from core.api.services import TokenRequest, create_token
from orders.models import Delivery
from orders.services.delivery_queue import finish_here
from tests.scenarios.world import Shop, milk

ALL = tuple(Token.Verb.values)


def make_token(*verbs: str, stores: Collection[str] | None = None, name: str = "") -> tuple[Token, str]:
    """A token with these verbs (none: all but the override of deposits) for these stores (None: all), and its secret."""
    user, _ = User.objects.get_or_create(username="ada")
    given = verbs or tuple(verb for verb in ALL if verb != Token.Verb.OVERRIDE_DEPOSIT)
    return create_token(TokenRequest(name or f"till {uuid4().hex[:8]}", given, stores is None, stores or (), None), user)


class Answer:
    """What the API said."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.type = response.headers["Content-Type"]
        self.body: Any = json.loads(response.content) if response.content else None

    @property
    def codes(self) -> list[str]:
        return [item["code"] for item in self.body["errors"]]

    def __repr__(self) -> str:
        return f"{self.status} {json.dumps(self.body, indent=1)}"


class Till:
    """Calls with one token."""

    def __init__(self, *verbs: str, stores: Collection[str] | None = None, secret: str = "") -> None:
        self.token: Token | None = None
        self.secret = secret
        if not secret:
            self.token, self.secret = make_token(*verbs, stores=stores)
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Answer:
        headers: dict[str, str] = {"Authorization": f"Bearer {self.secret}", **how.pop("headers", {})}
        if key := how.pop("key", ""):
            headers["Idempotency-Key"] = key
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = how.pop("content_type", "application/json")
        response = self.client.generic(method, f"/api/v1/{path}", data, content_type=kind, headers=headers, **how)
        return Answer(response)

    def get(self, path: str, **how: Any) -> Answer:
        return self.call("GET", path, **how)

    def post(self, path: str, body: Mapping[str, Any] | list[Any] | bytes | None = None, **how: Any) -> Answer:
        return self.call("POST", path, body, **how)


def order_of(shop: Shop, *lines: Any, **how: Any) -> dict[str, Any]:
    """An order of the shop as a till sends it; four pieces of milk where nothing is said."""
    shop.is_ordered(*(lines or (milk(4),)), **how)
    return shop.orders.pop()


def work() -> None:
    """What a worker does, here."""
    finish_here(list(Delivery.objects.exclude(work_state="").values_list("pk", flat=True)), "test")
