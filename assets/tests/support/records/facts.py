"""An answer as facts: place -> value, without what differs between any two runs.

Ids, times, generated names and the host's name become words, the same ones on both sides; a node
goes by its name. Places:

    upload|run .ok .status .error_message ...    the body's fields, each up to its first line's end
    run.history                                  the stops of the run's status
    api.FIELD, workflow.FIELD (of the status)
    node NAME .FIELD                             WF for the Workflow's name
    log NAME, artifact NAME/ARTIFACT
    before NAME, first NAME                      a node before the run was terminated, or retried
"""

from __future__ import annotations

import json
import re

from tests.support.records.meant import everywhere

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(
    r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?(?: \+0000 UTC)?"
)
DAY = re.compile(r"(?<=/)20\d\d/\d\d/\d\d(?=/)")
NUMBERS = [
    (re.compile(r"\b1[6-9]\d{17}\b"), "NANOS"),
    (re.compile(r"\b1[6-9]\d{8}\b"), "EPOCH"),
    (re.compile(r"\b20\d{12}\b"), "STAMP"),
    (re.compile(r"\b\d+\.\d{6}\b"), "DURATION"),
]
TITLE = re.compile(r"-(?:real|local)-[0-9a-f]{6}")
PROBE_FOLDER = re.compile(r'"[^"]*/(?=[\w.]+\.(?:yaml|json|zip|tar\.gz)")')
GENERATE_NAME = re.compile(rb"\"?generateName\"?:\s*([^\s,}]+)")
FIELDS, LINES = everywhere("fields"), [re.compile(line, re.M) for line in everywhere("lines")]
UNORDERED = [re.compile(entry) for entry in everywhere("unordered")]
LISTS_OF_NODES = {"children", "outboundNodes"}
# Words for a step that is about to start; a moment later they are gone
STARTING = {"PodInitializing", "ContainerCreating", None}


def facts(answer: dict, package: bytes) -> dict[str, object]:
    """What `answer` states, by place."""
    words = Words(answer, package)
    found: dict[str, object] = {}
    for step in ("upload", "run", "terminate", "kill", "then"):
        found |= _request(step, answer.get(step), words)
    if not (answer.get("run") or {}).get("ok"):
        return found
    found["run.history"] = answer.get("history")
    found["run.ends"] = not answer.get("timed_out")
    _flatten("api", words.deep(answer.get("api") or {}), found)
    status = dict(words.workflow.get("status") or {})
    nodes = status.pop("nodes", None) or {}
    _flatten("workflow", words.deep(_lasting(status)), found)
    for node_id, node in nodes.items():
        name = words.text(node.get("name", ""))
        _flatten(f"node {name} ", _node(node, words), found)
        if node.get("type") == "Pod":
            found[f"log {name}"] = _log(words, (answer.get("logs") or {}).get(node_id))
            for artifact in (node.get("outputs") or {}).get("artifacts") or []:
                key = f"{node_id}/{artifact.get('name')}"
                if key in (answer.get("artifacts") or {}):
                    content = words.deep(answer["artifacts"][key])
                    _flatten(f"artifact {name}/{artifact['name']} ", _plain(content), found)
    for moment in ("before_terminate", "before_kill", "first"):
        if moment in answer:
            _moment(moment.partition("_")[0], answer[moment], words, found)
    return found


class Words:
    """Texts of one answer without its ids, times and generated names."""

    def __init__(self, answer: dict, package: bytes) -> None:
        self.workflow = answer.get("workflow") or {}
        metadata = self.workflow.get("metadata") or {}
        self.name, self.uid = metadata.get("name") or "", metadata.get("uid")
        self.run = (answer.get("run") or {}).get("id")
        given = GENERATE_NAME.search(package)
        prefix = given.group(1).decode("utf-8", "replace").strip("'\"") if given else ""
        self.generated = (
            re.compile(
                "|".join(re.escape(p) + r"[a-z0-9]{5}(-\d{5,10})?\b" for p in (prefix, prefix[:57]))
            )
            if prefix
            else None
        )
        nodes = (self.workflow.get("status") or {}).get("nodes") or {}
        self.nodes = sorted(
            (
                (i, f"<{self._named(n.get('name', ''))}>")
                for i, n in nodes.items()
                if i != self.name
            ),
            key=lambda pair: -len(pair[0]),
        )

    def _named(self, text: str) -> str:
        return text.replace(self.name, "WF") if self.name else text

    def text(self, text: str) -> str:
        for node_id, name in self.nodes:
            text = text.replace(node_id, name)
        if self.name:
            text = re.sub(re.escape(self.name) + r"-\d{5,10}\b", "<node>", text)
            text = text.replace(self.name, "WF")
        if self.generated:
            text = self.generated.sub("WF", text)
        for known, word in ((self.run, "RUN"), (self.uid, "UID")):
            text = text.replace(known, word) if known else text
        text = PROBE_FOLDER.sub('"', TITLE.sub("-TITLE", text))
        text = DAY.sub("DAY", TIME.sub("TIME", UUID.sub("UUID", text)))
        for pattern, word in NUMBERS:
            text = pattern.sub(word, text)
        return text

    def deep(self, value):
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.deep(entry) for entry in value]
        if isinstance(value, dict):
            return {self.text(key): self.deep(entry) for key, entry in value.items()}
        return value


def _request(step: str, answer: dict | None, words: Words) -> dict[str, object]:
    if answer is None:
        return {}
    found: dict[str, object] = {f"{step}.ok": answer["ok"], f"{step}.status": answer["status"]}
    if "how" in answer:
        found[f"{step}.how"] = answer["how"]
    if "parameters" in answer:
        found[f"{step}.parameters"] = answer["parameters"]
    if answer["error"]:
        try:
            body = json.loads(answer["error"])
        except ValueError:
            body = answer["error"]
        _flatten(f"{step}.body", words.deep(body), found)
    return found


def _node(node: dict, words: Words) -> dict:
    node = _lasting(node)
    for field in LISTS_OF_NODES & node.keys():
        node[field] = sorted(
            "<WF>" if i == words.name else words.text(i) for i in node[field] or []
        )
    if node.get("boundaryID") == words.name:
        node["boundaryID"] = "<WF>"
    return words.deep(node)


def _lasting(entry: dict) -> dict:
    return {key: value for key, value in entry.items() if key not in {"id", "name", *FIELDS}}


def _moment(kind: str, moment: dict, words: Words, found: dict[str, object]) -> None:
    own = moment.get("name") or words.name
    for name, node in moment["nodes"].items():
        place = f"{kind} {words.text((name or '').replace(own, words.name or own))} "
        found[f"{place}.type"] = node.get("type")
        starting = node.get("phase") == "Pending" and node.get("message") in STARTING
        found[f"{place}.phase"] = "Running" if starting else node.get("phase")
        if node.get("message") not in STARTING:
            found[f"{place}.message"] = words.text(node["message"])


def _log(words: Words, log) -> object:
    if isinstance(log, dict):
        return f"<none: {log.get('status')} {words.text(str(log.get('error')))}>"
    log = log or ""
    for line in LINES:
        log = line.sub("", log)
    for pattern in UNORDERED:
        between = pattern.split(log)
        entries = [*sorted(pattern.findall(log)), ""]
        log = "".join(text for pair in zip(between, entries, strict=True) for text in pair)
    return words.text(log)


def _plain(content: dict):
    """The text of a small file, whether or not it lies alone in a tar. Of a refusal the records
    keep 1,000 characters: its first field is whole."""
    if error := content.get("error"):
        first, _, _ = error.partition(',"code":')
        return {**content, "error": first}
    if list(content.get("tar") or ()) == ["/"] and "sha" in content["tar"]["/"]:
        content = content["tar"]["/"]
    if "sha" in content and content.get("size", 0) < 400:
        return {"text": content["head"]}
    return content


def _flatten(place: str, value, found: dict[str, object]) -> None:
    """Entries of a list go by their names where all have one of their own."""
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            _flatten(f"{place}.{key}", entry, found)
    elif isinstance(value, list) and value and all(isinstance(x, dict) for x in value):
        names = [x.get("name") for x in value]
        named = all(isinstance(n, str) for n in names) and len(set(names)) == len(names)
        for i, entry in enumerate(value):
            _flatten(f"{place}[{names[i] if named else i}]", entry, found)
    else:
        found[place] = value
