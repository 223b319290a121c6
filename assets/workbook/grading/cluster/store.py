"""Where a batch lies between this machine and the Pods: a folder of an object store, by its URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workbook.grading.facts.plain import plain_line
from workbook.language import _

WORDS = {"true": True, "false": False}


class BatchStoreError(RuntimeError):
    """The store can't be used. The message is a sentence."""


class Store:
    """`url` as fsspec has it, `s3://bucket/folder`, `gs://bucket/folder`, `file:///folder`; what
    stands after a `?` are options of its file system, like `endpoint_url` of s3fs."""

    def __init__(self, url: str) -> None:
        """Raises BatchStoreError for what is no such URL; the store is not asked."""
        parts = urlsplit(url)
        self.shown = plain_line(url.partition("?")[0])
        if not parts.scheme or not (parts.netloc or parts.path.strip("/")):
            text = _("{url} is no address of a store, like s3://bucket/folder.")
            raise BatchStoreError(text.format(url=self.shown or "''"))
        if parts.scheme in ("http", "https"):
            text = _("{url} can be read and not written: name a store like s3://bucket/folder.")
            raise BatchStoreError(text.format(url=self.shown))
        options: dict[str, Any] = {
            name: WORDS.get(value, value) for name, value in parse_qsl(parts.query)
        }
        if parts.scheme == "file":
            options["auto_mkdir"] = True
        self._root = f"{parts.netloc}{parts.path}".rstrip("/")
        try:
            import fsspec  # an extra: only who grades on a cluster has it
        except ImportError:
            raise BatchStoreError(_needed()) from None
        with self._told():
            self._files: Any = fsspec.filesystem(
                parts.scheme, use_listings_cache=False, skip_instance_cache=True, **options
            )

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files, name -> content. Raises BatchStoreError, as all below."""
        with self._told():
            self._files.pipe({self._place(name): content for name, content in files.items()})

    def get(self, names: Sequence[str]) -> dict[str, bytes]:
        """The content of files that are there."""
        with self._told():
            places = {self._place(name): name for name in names}
            found = self._files.cat(list(places), on_error="raise") if places else {}
            if isinstance(found, bytes):
                return {names[0]: found}
            return dict(zip(names, (found[place] for place in places), strict=True))

    def read(self, name: str) -> bytes | None:
        """The content of a file, None if there is none."""
        with self._told():
            try:
                content: bytes = self._files.cat_file(self._place(name))
            except FileNotFoundError:
                return None
            return content

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, without it; none if there is no such folder."""
        with self._told():
            try:
                found = self._files.find(self._place(folder))
            except FileNotFoundError:
                return []
            return sorted(str(place).rpartition("/")[2] for place in found)

    def remove(self, names: Sequence[str]) -> None:
        with self._told():
            for name in names:
                if self._files.exists(self._place(name)):
                    self._files.rm_file(self._place(name))

    def _place(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ImportError:
            raise BatchStoreError(_needed()) from None
        except Exception as error:  # each store has errors of its own
            reason = plain_line(str(error)) or type(error).__name__
            text = _("The store {url} can't be used: {reason}")
            raise BatchStoreError(text.format(url=self.shown, reason=reason)) from None


def _needed() -> str:
    return _("Stores need more packages: uv pip install -c .constraints.txt -e './assets[cluster]'")
