"""The outputs of a cell as nbformat has them, bounded, out of what an untrusted kernel says."""

from __future__ import annotations

import json
from typing import Any

from nbformat import NotebookNode

from workbook.language import _

MOST = 200  # outputs of one cell


class Outputs:
    """Collects; keeps at most `limit` characters, of text that is printed head and tail."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._found: list[NotebookNode] = []

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

    @property
    def found(self) -> list[NotebookNode]:
        for output in self._found:
            if output.output_type == "execute_result":
                output.execution_count = None
        return self._found

    def _display(self, kind: str, data: dict[str, Any], metadata: Any) -> None:
        kept: dict[str, str] = {}
        for mime, content in data.items():
            text = content if isinstance(content, str) else json.dumps(content)
            if len(text) > self._limit - self._size:
                kept.setdefault(
                    "text/plain",
                    _("[{mime} of {size} bytes left out]").format(mime=mime[:60], size=len(text)),
                )
            else:
                kept[mime] = text
        more = {"execution_count": None} if kind == "execute_result" else {}
        metadata = metadata if isinstance(metadata, dict) and len(str(metadata)) < 10_000 else {}
        self._append(
            NotebookNode(output_type=kind, data=kept, metadata=metadata, **more),
            sum(map(len, kept.values())),
        )

    def _append(self, output: NotebookNode, size: int) -> None:
        if len(self._found) < MOST:
            self._found.append(output)
            self._size += size


def _shortened(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    head, tail = room * 3 // 4, room // 4
    cut = _("\n[... {count} characters left out ...]\n").format(count=len(text) - head - tail)
    return text[:head] + cut + text[len(text) - tail :]
