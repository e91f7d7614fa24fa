"""admind/openapi.yaml, and whether an answer is one that it describes."""

import json
import re
from dataclasses import dataclass
from functools import cache

import yaml
from jsonschema import Draft202012Validator, RefResolver

from .paths import ROOT

METHODS = ("get", "post", "put", "patch", "delete")
UNDESCRIBED = {404, 405}  # of a path or a method that the description does not know


@dataclass(frozen=True)
class Operation:
    """One method of one path. access: open, viewer or admin. tokens: the scope that an API token
    needs, or any or never; empty where everybody may. reauth: True, False or `for some`."""

    id: str
    method: str
    pattern: str
    access: str
    tokens: str
    reauth: bool | str
    body: dict | None  # the schema of its body
    parameters: tuple[dict, ...]  # of the query
    responses: dict

    def path(self, **values: str) -> str:
        return self.pattern.format(**values)

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@cache
def document() -> dict:
    return yaml.safe_load((ROOT / "admind/openapi.yaml").read_text())


def resolved(node: object) -> object:
    """What a $ref points at, one step."""
    while isinstance(node, dict) and "$ref" in node:
        target: object = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@cache
def operations() -> dict[str, Operation]:
    found = {}
    for pattern, item in document()["paths"].items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method not in item:
                continue
            told = item[method]
            parameters = [resolved(one) for one in shared + told.get("parameters", [])]
            body = told.get("requestBody")
            content = resolved(body)["content"]["application/json"]["schema"] if body else None
            found[told["operationId"]] = Operation(
                told["operationId"], method.upper(), pattern, told["x-access"],
                told.get("x-token", ""), told.get("x-reauth", False), content,
                tuple(one for one in parameters if one["in"] == "query"),
                {code: resolved(one) for code, one in told["responses"].items()})
    return found


def operation_at(method: str, path: str) -> Operation | None:
    """The operation of a request; a path without a parameter comes first."""
    path = path.partition("?")[0]
    wanted = "GET" if method == "HEAD" else method
    for one in sorted(operations().values(), key=lambda one: one.pattern.count("{")):
        regex = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(one.pattern))
        if one.method == wanted and re.fullmatch(regex, path):
            return one
    return None


def schema_faults(schema: dict, value: object) -> list[str]:
    """What of value the schema does not allow."""
    resolver = RefResolver.from_schema(document())
    validator = Draft202012Validator(schema, resolver=resolver)
    return [f"{'/'.join(map(str, error.path))}: {error.message}"
            for error in validator.iter_errors(value)]


def faults(method: str, path: str, status: int, headers: dict[str, str],
           body: bytes) -> list[str]:
    """What of an answer the description does not know."""
    operation = operation_at(method, path)
    if operation is None:
        told = resolved(document()["components"]["responses"]["Error"])
        if status not in UNDESCRIBED and not 400 <= status < 500:
            return [f"{method} {path}: {status} of an operation that is not described"]
    else:
        told = operation.responses.get(str(status))
        if told is None and status >= 400:
            told = operation.responses.get("default")
        if told is None:
            return [f"{operation.id}: {status} is not described"]
    missing = [f"{method} {path}: no header {name}" for name in told.get("headers", {})
               if name.lower() not in headers]
    if method == "HEAD" or "content" not in told:
        return missing + ([f"{method} {path}: a body that is not described"] if body else [])
    (kind, content), = resolved(told)["content"].items()
    if not headers.get("content-type", "").startswith(kind):
        return [f"{method} {path}: {headers.get('content-type')} instead of {kind}"]
    if kind != "application/json":
        return missing
    wrong = schema_faults(content["schema"], json.loads(body))
    return missing + [f"{method} {path} {status}: {one}" for one in wrong]
