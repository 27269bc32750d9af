"""Completes the OpenAPI document: problems of every call, the Idempotency-Key, bodies that are decoded by hand."""

from http import HTTPStatus
from typing import Any

from ninja.openapi.schema import OpenAPISchema

from core.api.answers import PROBLEM_JSON, ProblemOut
from core.api.documents import COMPONENTS

# What any call may be answered with, and what calls that bring something may.
ALWAYS = (400, 401, 403, 404, 406, 422, 429, 500, 503)
POSTED = (409, 413, 415)
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 200 printable characters. A repeat of the call under the same key is answered as the first was, and does nothing.",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
}


def described(document: OpenAPISchema) -> OpenAPISchema:
    """The document with what ninja cannot know."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(problem.pop("$defs"))
    schemas.update({"ProblemOut": problem, **COMPONENTS})
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method == "post":
                operation["parameters"].append(KEY)
            for status in (*ALWAYS, *(POSTED if method == "post" else ())):
                operation["responses"][status] = {
                    "description": HTTPStatus(status).phrase,
                    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
                }
    return document
