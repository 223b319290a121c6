"""The images of containers: by which name an engine knows them, pulled when they aren't there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from localkfp.pods.container_engine import Engine, EngineError
from localkfp.pods.log import copy_log

PULL_SECONDS = 15 * 60
# https://github.com/distribution/reference: what an image may be called
COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
REFERENCE = re.compile(
    rf"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?{COMPONENT}(?:/{COMPONENT})*"
    r"(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,})?"
)
DEFAULT = "docker.io"


class NoImage(RuntimeError):
    """There is no such image. The message is in the words of a cluster."""


@dataclass(frozen=True)
class Image:
    """`name`: as the engine knows it. `digest`: which of the images of that name it was. `user`:
    whose its programs are, as it says."""

    name: str
    digest: str
    user: str


def qualified(image: str) -> str:
    """The whole name, as Kubernetes fills it up: `python` is `docker.io/library/python:latest`.

    Raises NoImage for what is no name of an image.
    """
    if not REFERENCE.fullmatch(image):
        raise NoImage(
            f'InvalidImageName: Failed to apply default image tag "{image}": couldn\'t parse image '
            f'reference "{image}": invalid reference format'
        )
    first, slash, rest = image.partition("/")
    if not slash:
        image = f"{DEFAULT}/library/{image}"
    elif first != "localhost" and not set(first) & set(".:"):
        image = f"{DEFAULT}/{image}"
    elif first == DEFAULT and "/" not in rest:
        image = f"{DEFAULT}/library/{rest}"
    tagged = "@" in image or ":" in image.rpartition("/")[2]
    return image if tagged else f"{image}:latest"


async def ensure(engine: Engine, image: str, log: IO[bytes]) -> Image:
    """The image, pulled if it isn't there; the log shows how that goes.

    Raises NoImage when there is none, or it hasn't come after PULL_SECONDS.
    """
    name = qualified(image)
    found = await _find(engine, name)
    if not found:
        log.write(f"localkfp: {engine.name} pulls the image {name}.\n".encode())
        why = await _pull(engine, name, log)
        found = await _find(engine, name)
        if not found:
            raise NoImage(f'ImagePullBackOff: Back-off pulling image "{image}": {why}')
    return Image(name, _digest(found), str((found.get("Config") or {}).get("User") or ""))


async def _find(engine: Engine, name: str) -> Mapping[str, Any]:
    with contextlib.suppress(EngineError):
        return await engine.inspect("image", "inspect", name)
    return {}


async def _pull(engine: Engine, name: str, log: IO[bytes]) -> str:
    """Why it could not be pulled, or nothing."""
    end, beginning = os.pipe()
    copying = asyncio.create_task(copy_log(end, log))
    try:
        process = await asyncio.create_subprocess_exec(
            *engine.line("pull", name),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=beginning,
            start_new_session=True,
        )
    finally:
        os.close(beginning)
    try:
        await asyncio.wait_for(process.wait(), PULL_SECONDS)
    except asyncio.TimeoutError:
        return f"it was not there after {PULL_SECONDS} seconds"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await copying
    if not process.returncode:
        return ""
    said = Path(log.name).read_text(errors="replace").strip().splitlines()[-1]
    return said.removeprefix("Error: ")


def _digest(found: Mapping[str, Any]) -> str:
    """That of the registry, where it came from one; else the image's own."""
    of_registry = [text.rpartition("@")[2] for text in found.get("RepoDigests") or ()]
    own = str(found.get("Id", ""))
    return of_registry[0] if of_registry else own if ":" in own else f"sha256:{own}"
