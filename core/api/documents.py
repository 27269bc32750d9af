"""Bodies of calls as the OpenAPI description says them, from the same types that decode them."""

from typing import Any

import msgspec

REF = "#/components/schemas/{name}"
# What the description of every call refers to; `retailhq.api` puts them in.
COMPONENTS: dict[str, Any] = {}


def schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a body; what it is made of becomes a component."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template=REF)
    COMPONENTS.update(components)
    return schema


def rows_body(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The body is one object or an array of them; or NDJSON, one object a line."""
    one = schema_of(kind)
    rows = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    ndjson = {"type": "string", "description": "One object a line."}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": rows}, "application/x-ndjson": {"schema": ndjson}}}
    }


def object_body(kind: type[msgspec.Struct], *, required: bool = False) -> dict[str, Any]:
    """The body is one object, and may be left out unless it is required."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema_of(kind)}}}}
