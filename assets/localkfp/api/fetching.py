"""A pipeline by its URL. A server that fetches for others is an attack, so it does only when it was
started so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from localkfp.api import body
from localkfp.service.errors import ServiceError
from localkfp.workflow.text import MAX_BYTES

SECONDS = 30


async def fetch(entry: Mapping[str, Any], field: str, allowed: bool) -> tuple[str, bytes]:
    """The name and the content of the file that a body's field names. Raises ServiceError."""
    url = body.mapping(entry, field)
    address = body.text(url, "pipeline_url") or body.text(url, "pipelineUrl")
    if not address:
        raise ServiceError("invalid", "Pipeline URL is empty. Please specify a valid URL.")
    if not allowed:
        raise ServiceError(
            "unimplemented",
            "localkfp fetches no pipeline by its URL: a server that fetches for others can be led "
            "anywhere. Upload the file, or start `localkfp serve --fetch-urls`.",
        )
    try:
        parts = urlsplit(address)
        good = bool(parts.hostname) and parts.scheme in ("http", "https")
    except ValueError:
        good = False
    if not good:
        raise ServiceError("invalid", f"Only http and https are fetched, not {address[:200]!r}.")
    client = AsyncHTTPClient(force_instance=True, max_body_size=MAX_BYTES)
    try:
        answer = await client.fetch(
            address, connect_timeout=SECONDS, request_timeout=SECONDS, max_redirects=3
        )
    except (HTTPClientError, OSError, ValueError) as error:
        raise ServiceError("invalid", f"{address[:200]!r} can't be fetched: {error}.") from None
    finally:
        client.close()
    return PurePosixPath(unquote(urlsplit(address).path)).name, answer.body
