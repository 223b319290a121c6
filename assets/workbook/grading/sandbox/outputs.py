"""The outputs of a cell as nbformat has them, bounded, out of what an untrusted kernel says."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from nbformat import NotebookNode

from workbook.grading.sandbox.inside import parse
from workbook.language import _

MOST = 200  # outputs of one cell
MOST_SIZE = 10**12  # a kernel may claim any
MOST_KINDS, LONGEST_KIND = 20, 100  # MIME types of one output, and characters of each
JSON = re.compile(r"application/([\w.-]+\+)?json")  # the others are text


class Outputs:
    """Collects; keeps at most `limit` characters, of text that is printed head and tail.

    `omitted` says what was shown and is left out.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._found: list[NotebookNode] = []
        self.omitted: list[str] = []

    def add(self, said: Any) -> None:
        """An output as the kernel said it; what has not its shape is dropped."""
        if not isinstance(said, dict):
            return
        kind = said.get("output_type")
        if kind == "stream":
            name, text = said.get("name"), said.get("text")
            if name in ("stdout", "stderr") and isinstance(text, str):
                self.stream(name, text)
        elif kind in ("display_data", "execute_result") and isinstance(said.get("data"), dict):
            self._display(kind, said["data"], said.get("metadata"))
        elif kind == "error":
            texts = [str(said.get(key, "")) for key in ("ename", "evalue")]
            trace = said.get("traceback")
            lines = [str(line) for line in trace] if isinstance(trace, list) else []
            room = max(self._limit - self._size, 1000)
            self._append(
                NotebookNode(
                    output_type="error",
                    ename=texts[0][:200],
                    evalue=texts[1][:room],
                    traceback=["\n".join(lines)[-room:]],
                ),
                sum(map(len, lines)),
            )

    def stream(self, name: str, text: str) -> None:
        last = self._found[-1] if self._found else None
        if last is None or last.output_type != "stream" or last.name != name:
            last = NotebookNode(output_type="stream", name=name, text="")
            self._append(last, 0)
        room = self._limit - self._size
        if len(text) > room:
            last.text = _shortened(last.text + text, max(len(last.text) + room, 0))
            self._size = self._limit
        else:
            last.text += text
            self._size += len(text)

    def left_out(self, size: int) -> None:
        self.stream(
            "stderr", _("[an output of more than {size} bytes was left out]\n").format(size=size)
        )

    def found(self, execution_count: int | None = None) -> list[NotebookNode]:
        """The outputs, those that are a cell's value with the cell's count."""
        for output in self._found:
            if output.output_type == "execute_result":
                output.execution_count = execution_count
        return self._found

    def _display(self, kind: str, data: dict[str, Any], metadata: Any) -> None:
        kept: dict[str, Any] = {}
        left_out = []
        for mime, content in islice(data.items(), MOST_KINDS):
            size = _size(mime, content)
            if size is None or size > self._limit - self._size or isinstance(content, int):
                left_out.append(omitted(mime, size or 0))
            else:
                kept[mime] = content
        say_omitted(kept, left_out)
        self.omitted += left_out
        more = {"execution_count": None} if kind == "execute_result" else {}
        metadata = metadata if _is_shallow(metadata) and len(str(metadata)) < 10_000 else {}
        self._append(
            NotebookNode(output_type=kind, data=kept, metadata=metadata, **more),
            sum(len(str(content)) for content in kept.values()),
        )

    def _append(self, output: NotebookNode, size: int) -> None:
        if len(self._found) < MOST:
            self._found.append(output)
            self._size += size


def omitted(mime: str, size: int) -> str:
    """What stands in the place of content of `size` characters."""
    if mime.startswith("image/"):
        megabytes = f"{size * 3 / 4 / 1e6:.1f} MB"  # of base64
        return _("image omitted ({size})").format(size=megabytes)
    return _("{kind} omitted").format(kind=mime[:60])


def say_omitted(kept: dict[str, Any], left_out: list[str]) -> None:
    """Put it into what is shown, if only text is."""
    if left_out and not kept.keys() - {"text/plain"}:
        kept["text/plain"] = "\n".join(filter(None, [*left_out, kept.get("text/plain")]))


def _size(mime: str, content: Any) -> int | None:
    """In characters; for one that was too large to be sent, an integer stands, which is its size.
    None for what nbformat doesn't take, or what is so deep that whoever reads it later fails."""
    if len(mime) > LONGEST_KIND:
        return None
    if isinstance(content, int):
        return min(max(content, 0), MOST_SIZE)
    if isinstance(content, str):
        return len(content)
    return len(json.dumps(content)) if JSON.fullmatch(mime) and _is_shallow(content) else None


def _is_shallow(content: Any) -> bool:
    try:
        parse.strictly(json.dumps(content))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict)


def _shortened(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    head, tail = room * 3 // 4, room // 4
    cut = _("\n[... {count} characters left out ...]\n").format(count=len(text) - head - tail)
    return text[:head] + cut + text[len(text) - tail :]
