"""The images of containers: by which name an engine knows them, pulled when they aren't there.

Pods that ask for one image at one time share one look at it, and one pull. A look is soon
forgotten, since a name may be given to another image (`podman build -t`); a pod runs the image that
was looked at, by its id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localkfp.pods.container_engine import Engine, EngineError
from localkfp.pods.log import copy_log

PULL_SECONDS = 15 * 60
FRESH_SECONDS = 2  # for which a look at an image is believed
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
    """`name`: as the engine knows it. `id` and `digest`: which of the images of that name it was,
    for the engine and for a registry. `user`: whose its programs are, as it says."""

    name: str
    id: str
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


class Images:
    """Those of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looks: dict[str, tuple[float, asyncio.Task[Image | str]]] = {}

    async def ensure(self, image: str, log: Path) -> Image:
        """The image, pulled if it isn't there; the log shows how that goes.

        Raises NoImage when there is none, or it hasn't come after PULL_SECONDS.
        """
        name = qualified(image)
        began, look = self._looks.get(name, (0.0, None))
        old = time.monotonic() - began > FRESH_SECONDS
        if not look or look.cancelled() or (look.done() and old):
            look = asyncio.create_task(_look(self._engine, name, log))
            self._looks[name] = time.monotonic(), look
        found = await asyncio.shield(look)  # a pod that is ended takes it from no other
        if isinstance(found, str):
            raise NoImage(f'ImagePullBackOff: Back-off pulling image "{image}": {found}')
        return found


async def _look(engine: Engine, name: str, log: Path) -> Image | str:
    """The image; or why there is none."""
    found, why = await _find(engine, name), ""
    if not found:
        why = await _pull(engine, name, log)
        found = await _find(engine, name)
    if not found:
        return why
    user = str((found.get("Config") or {}).get("User") or "")
    return Image(name, str(found.get("Id", "")), _digest(found), user)


async def _find(engine: Engine, name: str) -> Mapping[str, Any]:
    with contextlib.suppress(EngineError):
        return await engine.inspect("image", "inspect", name)
    return {}


async def _pull(engine: Engine, name: str, log: Path) -> str:
    """Why it could not be pulled, or nothing."""
    end, beginning = os.pipe()
    with log.open("ab", buffering=0) as stream:
        stream.write(f"localkfp: {engine.name} pulls the image {name}.\n".encode())
        copying = asyncio.create_task(copy_log(end, stream))
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
    said = log.read_text(errors="replace").strip().splitlines()[-1]
    return said.removeprefix("Error: ")


def _digest(found: Mapping[str, Any]) -> str:
    """That of the registry, where it came from one; else the image's own."""
    of_registry = [text.rpartition("@")[2] for text in found.get("RepoDigests") or ()]
    own = str(found.get("Id", ""))
    return of_registry[0] if of_registry else own if ":" in own else f"sha256:{own}"
