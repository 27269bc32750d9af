"""The API with all its addresses, and how every kind of failure is answered."""

from functools import cached_property
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

from core.api.answers import ApiError, problem_response, refusal, refusal_of
from core.api.jobs import router as jobs
from core.db.availability import RETRY_SECONDS, database_is_away
from core.lib.problems import BusinessError, Problem
from inventory.api import router as stock
from ledger.api import router as periods
from orders.api.routes import router as orders
from retailhq.api.description import described
from statements.api.inbox import router as inbox
from statements.api.late import router as late_documents
from statements.api.preview import router as previews
from statements.api.recall import router as recalls
from statements.api.repairs import router as repairs
from statements.api.routes import router as transactions_and_statements

logger = structlog.get_logger(__name__)


class RetailApi(NinjaAPI):
    """Ninja's API with a description that says all answers and headers."""

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        """The OpenAPI document, with the schemas of bodies that msgspec decodes; made once, whoever asks."""
        return self._document

    @cached_property
    def _document(self) -> OpenAPISchema:
        return described(super().get_openapi_schema())


api = RetailApi(
    title="RetailHQ",
    version="1",
    description="Till transactions, customer orders, statements and stock. Tokens are made under Setup > API tokens.",
    urls_namespace="api",
    docs_url=None,
)


@api.exception_handler(ApiError)
def on_refusal(request: HttpRequest, error: ApiError) -> HttpResponse:
    """What the API itself refuses."""
    return problem_response(error)


@api.exception_handler(BusinessError)
def on_business_error(request: HttpRequest, error: BusinessError) -> HttpResponse:
    """Answers a refusal of a service as a problem document."""
    return problem_response(refusal_of(error))


@api.exception_handler(ValidationError)
def on_bad_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter of the address that cannot be read."""
    found = [f"{'.'.join(map(str, problem['loc'][1:]))}: {problem['msg']}" for problem in error.errors]
    return problem_response(refusal(Problem("BAD_PARAMETER", {"reasons": "; ".join(found)})))


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """An address that there is not."""
    return problem_response(refusal(Problem("UNKNOWN_ADDRESS", {"address": request.path})))


@api.exception_handler(Exception)
def on_mistake(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is away, or the program has a mistake; the transaction was rolled back."""
    if database_is_away(error):
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return problem_response(refusal(Problem("DATABASE_AWAY"), headers=headers))
    logger.exception("call_failed", path=request.path, method=request.method)
    return problem_response(refusal(Problem("UNEXPECTED_ERROR_IN_CALL")))


for router in (transactions_and_statements, orders, stock, recalls, periods, late_documents, previews, inbox, repairs, jobs):
    api.add_router("", router)
