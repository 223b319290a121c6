"""What an artifact looks like: text, a table, Markdown, an image, or the outputs that Kubeflow
Pipelines' viewers know (mlpipeline-ui-metadata, mlpipeline-metrics). Bytes in, facts out."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localkfp.dashboard.charts.confusion import confusion
from localkfp.dashboard.charts.roc import roc
from localkfp.dashboard.views.markdown import markdown

MAX_ROWS, MAX_COLUMNS = 1_000, 20
MAX_OUTPUTS = 20
IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
SVG = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]", re.DOTALL
)
TITLES = {
    "markdown": "Markdown",
    "web-app": "HTML",
    "table": "Table",
    "roc": "ROC curve",
    "confusion_matrix": "Confusion matrix",
}
INLINE = "inline"
Stored = Callable[[str], bytes | None]  # what lies at an address in localkfp's own store
ELSEWHERE = "It isn't in localkfp's store ({source}), and localkfp fetches nothing from elsewhere."


@dataclass(frozen=True)
class Preview:
    """`kind`: text, folder, table, chart, markdown, image, app, binary or note; the field of that
    name has the content, of a chart `html` the drawing and `header` and `rows` the numbers. `note`
    says what is left out, or is all there is."""

    kind: str
    title: str = ""
    text: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    html: str = ""
    number: int = 0
    note: str = ""


def look(name: str, declared: str, head: bytes, size: int) -> Preview:
    """What to show of an artifact. `declared`: the type that its component gives it, if any;
    `head`: its first bytes of `size`."""
    if image_type(head):
        return Preview("image")
    whole = len(head) >= size
    text = _decode(head, whole)
    if text is None:
        return Preview("binary", note=f"{size:,} bytes that are no text: download them to look.")
    note = "" if whole else f"The first {len(head):,} of {size:,} bytes."
    words = {declared.lower(), *re.split(r"[^a-z0-9]+", name.lower())}
    if words & {"csv", "tsv"}:
        found = table(text, "\t" if "tsv" in words else ",", whole)
        if found.kind == "table":
            return replace(found, note=" ".join(filter(None, (note, found.note))))
    if words & {"markdown", "md"}:
        return Preview("markdown", html=markdown(text), text=text, note=note)
    return Preview("text", text=text, note=note)


def image_type(data: bytes) -> str:
    """The media type of an image by its first bytes; nothing for anything else."""
    for magic, kind in IMAGES:
        if data.startswith(magic):
            return kind
    return "image/svg+xml" if SVG.match(data[:4096]) else ""


def _decode(head: bytes, whole: bool) -> str | None:
    if b"\0" in head:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=whole)
    except UnicodeDecodeError:
        return None


def table(text: str, delimiter: str, whole: bool, header: Sequence[str] = ()) -> Preview:
    """The text of a CSV file as a table, its first row as the header unless one is given."""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return Preview("text", text=text)
    if not whole and len(rows) > 1:
        rows.pop()  # it may be cut
    rows = [row for row in rows if row]
    if header:
        rows.insert(0, list(header))
    if not rows:
        return Preview("text", text=text)
    columns = max(map(len, rows))
    notes = []
    if len(rows) - 1 > MAX_ROWS:
        notes.append(f"The first {MAX_ROWS:,} rows.")
    if columns > MAX_COLUMNS:
        notes.append(f"The first {MAX_COLUMNS} of {columns:,} columns.")
    width = min(columns, MAX_COLUMNS)
    filled = [tuple([*row, *[""] * columns][:width]) for row in rows[: MAX_ROWS + 1]]
    return Preview("table", header=filled[0], rows=tuple(filled[1:]), note=" ".join(notes))


# ---- the outputs of Kubeflow Pipelines' viewers --------------------------------------------------


def visualizations(data: bytes, stored: Stored) -> tuple[Preview, ...]:
    """What mlpipeline-ui-metadata describes: each of its outputs, inline or in localkfp's store.
    https://www.kubeflow.org/docs/components/pipelines/legacy-v1/sdk/output-viewer/"""
    outputs = _entries(data, "outputs")
    if outputs is None:
        return (Preview("note", note="mlpipeline-ui-metadata is not JSON with a list `outputs`."),)
    shown = enumerate(outputs[:MAX_OUTPUTS])
    return tuple(_output(number, output, stored) for number, output in shown)


def _source(output: Mapping[str, Any], stored: Stored) -> str | None:
    """The content of an output; None where it is out of reach."""
    source = str(output.get("source", ""))
    if output.get("storage") == INLINE:
        return source
    data = stored(source)
    return None if data is None else data.decode("utf-8-sig", errors="replace")


def _output(number: int, output: Mapping[str, Any], stored: Stored) -> Preview:
    kind, source = str(output.get("type", "")), _source(output, stored)
    if source is None:
        where = ELSEWHERE.format(source=str(output.get("source", ""))[:200] or "no source")
        return Preview("note", title=TITLES.get(kind, kind), note=where)
    if kind == "markdown":
        return Preview("markdown", title=TITLES[kind], html=markdown(source), text=source)
    if kind == "web-app":
        return Preview("app", title=TITLES[kind], number=number)
    if kind in ("table", "roc", "confusion_matrix"):
        header = output.get("header")
        if kind != "table":
            schema = output.get("schema") or ()
            header = [str(column.get("name", "")) for column in schema if isinstance(column, dict)]
        names = [str(name) for name in header] if isinstance(header, list) else []
        found = replace(table(source, ",", True, names), title=TITLES[kind])
        return _drawn(kind, output, found) if found.kind == "table" else found
    return Preview("note", title=kind, note="The front end of a cluster may know this kind.")


def _drawn(kind: str, output: Mapping[str, Any], numbers: Preview) -> Preview:
    """The chart of the numbers; where they make none, the numbers, and why."""
    try:
        if kind == "roc":
            points = [(float(row[0]), float(row[1])) for row in numbers.rows]
            return replace(numbers, kind="chart", html=roc(points))
        if kind == "confusion_matrix":
            counts = {(row[0], row[1]): float(row[2]) for row in numbers.rows}
            given = output.get("labels")
            seen = dict.fromkeys(label for pair in counts for label in pair)
            labels = [str(label) for label in given] if isinstance(given, list) else list(seen)
            axes = (numbers.header[0], numbers.header[1])
            return replace(numbers, kind="chart", html=confusion(labels, counts, axes))
    except (ValueError, IndexError) as error:
        return replace(numbers, note=f"{numbers.note} Not drawn: {error}.".strip())
    return numbers


def metrics(data: bytes) -> Preview:
    """What mlpipeline-metrics tells: name and value.
    https://www.kubeflow.org/docs/components/pipelines/legacy-v1/sdk/pipelines-metrics/"""
    entries = _entries(data, "metrics")
    if entries is None:
        return Preview("note", note="mlpipeline-metrics is not JSON with a list `metrics`.")
    rows = []
    for entry in entries:
        value = entry.get("numberValue")
        if entry.get("format") == "PERCENTAGE" and isinstance(value, int | float):
            value = f"{value * 100:.3f}%"
        rows.append((str(entry.get("name", "")), str(value)))
    return Preview("table", title="Metrics", header=("Metric", "Value"), rows=tuple(rows))


def app_source(data: bytes, number: str, stored: Stored) -> str:
    """The HTML of an output of the kind web-app; nothing if there is none of that number."""
    outputs = _entries(data, "outputs") or []
    if not number.isdecimal() or int(number) >= len(outputs):
        return ""
    output = outputs[int(number)]
    return (_source(output, stored) or "") if output.get("type") == "web-app" else ""


def _entries(data: bytes, key: str) -> list[Mapping[str, Any]] | None:
    try:
        found = json.loads(data)[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        return None
    return found
