"""KFP's own API as an OpenAPI document, read back out of the client that was generated from its
swagger: `kfp_server_api`, of the version that is installed.

Each of the client's methods is called once with an `ApiClient` that sends nothing and tells what it
was asked to send; the types are in the methods' docstrings and in the models.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import kfp_server_api
from kfp_server_api import api, models

TYPED = re.compile(r":param (\w+):([^:]*?)\n\s+:type \1: (\S+)")
# the genuine server's answer about its health has more than its swagger says
OPEN = (models.ProtobufAny, models.ApiGetHealthzResponse)
Choices = Mapping[str, Sequence[str]]
NATIVE: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer", "format": "int32"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
}


class _Told(kfp_server_api.ApiClient):
    def call_api(self, path, method, path_params, query_params, header_params, **more):
        return {
            "path": path,
            "method": method,
            "in path": path_params,
            "query": query_params,
        } | more


def document(choices: Choices) -> dict[str, Any]:
    """`choices`: values by the name of a field or parameter, those in a path by what stands before
    them there: `runs` for `/runs/{id}`. What has choices is one of them."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in _operations():
        asked = operation["asked"]
        paths.setdefault(asked["path"], {})[asked["method"].lower()] = _described(
            operation, choices
        )
    found = {name: model for name, model in vars(models).items() if inspect.isclass(model)}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Kubeflow Pipelines API", "version": kfp_server_api.__version__},
        "paths": paths,
        "components": {"schemas": {name: _model(model, choices) for name, model in found.items()}},
    }


def _operations() -> Iterator[dict[str, Any]]:
    services = [service for service in vars(api).values() if inspect.isclass(service)]
    for service in services:
        for name, method in inspect.getmembers(service(_Told()), inspect.ismethod):
            if not name.endswith("_with_http_info"):
                continue
            types = {name: (kind, why) for name, why, kind in TYPED.findall(method.__doc__)}
            own = {name: told for name, told in types.items() if name not in _OF_ALL}
            yield {"name": name, "types": own, "asked": method(**{name: name for name in own})}


_OF_ALL = ("async_req", "_preload_content", "_return_http_data_only", "_request_timeout")


def _described(operation: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    asked, types = operation["asked"], operation["types"]
    places = [("path", *pair) for pair in asked["in path"].items()]
    places += [("query", *pair) for pair in asked["query"]]
    described: dict[str, Any] = {
        "operationId": operation["name"].removesuffix("_with_http_info"),
        "parameters": [
            {
                "name": sent,
                "in": place,
                "required": place == "path" or "(required)" in types[name][1],
                "schema": _field(
                    _before(sent, asked["path"]) if place == "path" else sent,
                    types[name][0],
                    choices,
                ),
            }
            for place, sent, name in places
        ],
        "responses": {
            "200": {
                "description": "A successful response.",
                "content": {"application/json": {"schema": _schema(asked["response_type"])}},
            },
            "default": {"description": "An error."},
        },
    }
    if asked["files"]:
        files = {
            name: {**_field(name, "str", choices), "format": "binary"} for name in asked["files"]
        }
        schema = {"type": "object", "properties": files, "required": list(files)}
        described["requestBody"] = _body("multipart/form-data", schema)
    elif asked["body"]:
        described["requestBody"] = _body("application/json", _schema(types[asked["body"]][0]))
    return described


def _before(name: str, path: str) -> str:
    """The part of the path before a parameter's."""
    return path.partition(f"/{{{name}}}")[0].rpartition("/")[2]


def _body(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _model(model: Any, choices: Choices) -> dict[str, Any]:
    if hasattr(model, "allowable_values"):
        return {"type": "string", "enum": model.allowable_values}
    names = model.attribute_map
    return {
        "type": "object",
        "properties": {
            names[name]: _field(names[name], kind, choices)
            for name, kind in model.openapi_types.items()
        },
        "additionalProperties": model in OPEN,
    }


def _field(name: str, kind: str, choices: Choices) -> dict[str, Any]:
    if kind == "str" and name in choices:
        return {"type": "string", "enum": list(choices[name])}
    return _schema(kind)


def _schema(kind: str) -> dict[str, Any]:
    if many := re.fullmatch(r"list\[(.+)\]", kind):
        return {"type": "array", "items": _schema(many[1])}
    if by_name := re.fullmatch(r"dict\(str, (.+)\)", kind):
        return {"type": "object", "additionalProperties": _schema(by_name[1])}
    return NATIVE.get(kind) or {"$ref": f"#/components/schemas/{kind}"}
