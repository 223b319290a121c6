"""Asking an endpoint over HTTP, as kfp would: the same library, no proxy of the environment, no
patience. What comes back is a fact; `api.py` judges it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import certifi
import urllib3
from urllib3 import exceptions

CONNECT_SECONDS = 5
READ_SECONDS = 10

REFUSED = "refused"
NO_SUCH_HOST = "no such host"
SLOW = "slow"
TLS = "tls"
NO_TLS = "no tls"
BAD_ADDRESS = "bad address"
BROKEN = "broken"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, or with `failure` (one of the words above) the reason why there is none."""

    status: int = 0
    text: str = ""
    kind: str = ""
    location: str = ""
    failure: str = ""
    detail: str = ""

    @property
    def json(self) -> Any:
        """The body, if it is a JSON object; None otherwise."""
        try:
            value = json.loads(self.text)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def kfps_pool() -> urllib3.PoolManager:
    """As kfp_server_api's rest.py makes it: Mozilla's certificates, no proxy."""
    return urllib3.PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=certifi.where())


@dataclass(frozen=True)
class Api:
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    pool: Any = field(default_factory=kfps_pool)

    def ask(self, path: str, method: str = "GET", **request: Any) -> Answer:
        """One request below the address; `request` goes to urllib3. Follows no redirect."""
        try:
            answer = self.pool.request(
                method,
                self.address + path,
                headers=dict(self.headers),
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                retries=False,
                redirect=False,
                **request,
            )
        except (exceptions.HTTPError, ValueError) as error:
            return Answer(failure=_failure(error), detail=str(error))
        return Answer(
            status=answer.status,
            text=answer.data.decode(errors="replace"),
            kind=answer.headers.get("Content-Type", ""),
            location=answer.headers.get("Location", ""),
        )


def _failure(error: Exception) -> str:
    match error:
        case exceptions.NameResolutionError():
            return NO_SUCH_HOST
        case exceptions.NewConnectionError():  # a kind of ConnectTimeoutError, for urllib3
            return REFUSED
        case exceptions.ConnectTimeoutError() | exceptions.ReadTimeoutError():
            return SLOW
        case exceptions.SSLError():
            return NO_TLS if "WRONG_VERSION" in str(error) or "record layer" in str(error) else TLS
        case exceptions.LocationValueError() | exceptions.URLSchemeUnknown():
            return BAD_ADDRESS
    return BROKEN
