"""What the lessons say of a cluster, and the record of a genuine one that proves it: Kubeflow
Pipelines 1.8.5 with Argo 3.3.8, or 2.17.0 with Argo 4.0.5. A sentence that is edited must be proved
again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from tests.support.records.book import NEW, OLD, answers
from workbook.paths import REPOSITORY


class Recorded:
    """What a record says, by the display names of its nodes."""

    def __init__(self, version: str, name: str) -> None:
        self.answer = answers(version)[name]
        workflow = self.answer.get("workflow") or {}
        self.run = workflow.get("metadata", {}).get("name")
        status = workflow.get("status") or {}
        self.phase = status.get("phase")
        self.nodes: dict[str, Any] = status.get("nodes") or {}
        self.text = json.dumps(self.answer, ensure_ascii=False)

    def node(self, name: str) -> dict[str, Any]:
        """`.onExit` is that of the exit handler, whose name begins with the run's."""
        wanted = {name, f"{self.run}{name}"}
        return next(n for n in self.nodes.values() if n["displayName"] in wanted)

    def phases(self, *names: str) -> list[str]:
        return [self.node(name)["phase"] for name in names]

    def message(self, name: str) -> str:
        return self.node(name).get("message", "")

    def takes(self, name: str) -> list[str]:
        return [p["value"] for p in self.node(name)["inputs"]["parameters"]]

    def gives(self, name: str) -> str:
        return self.node(name)["outputs"]["parameters"][0]["value"]

    def artifacts(self, name: str) -> list[str]:
        return [a["name"] for a in self.node(name).get("outputs", {}).get("artifacts", ())]

    def log(self, name: str) -> str:
        return self.answer["logs"][self.node(name)["id"]]

    def refused(self, step: str = "run") -> tuple[int, str]:
        found = self.answer[step]
        assert not found["ok"]
        return found["status"], found["error"]

    def before(self, name: str) -> dict[str, Any]:
        nodes = self.answer["before_terminate"]["nodes"].values()
        return next(node for node in nodes if node["displayName"] == name)


class Sentence(NamedTuple):
    """`words` stand in the lesson; `proof` is what the record has of it."""

    lesson: str
    words: str
    record: str
    proof: Callable[[Recorded], Any]
    version: str = OLD


def _out_of_condition(r: Recorded) -> bool:
    status, said = r.refused()
    return status == 500 and "templates.condition-1.outputs failed to resolve {{tasks.b." in said


def _cached(r: Recorded) -> bool:
    logs = {r.log("say"), r.log("a")}
    return logs == {'"This step output is taken from cache."\n'}


def _gaps(r: Recorded) -> list[float]:
    """Seconds from the start of a step to that of the next, in a chain."""
    starts = sorted(
        datetime.fromisoformat(node["startedAt"].removesuffix("Z"))
        for node in r.nodes.values()
        if node["type"] == "Pod"
    )
    return [(later - one).total_seconds() for one, later in pairwise(starts)]


SENTENCES = [
    # ---- 01, 02, 05
    Sentence(
        "01_concepts",
        "Nearly: each *task* is a Pod, and the graph needs none.",
        "d27_chain",
        lambda r: [n["type"] for n in r.nodes.values()].count("Pod") == len(r.nodes) - 1,
    ),
    Sentence(
        "02_quick_start",
        "on a cluster it isn't there.",
        "d03_exit_2",
        lambda r: "stands in for the image" not in r.text,
    ),
    Sentence(
        "05_submit_and_run",
        "On a cluster it isn't there.",
        "d03_exit_2",
        lambda r: "stands in for the image" not in r.text,
    ),
    Sentence(
        "05_submit_and_run",
        "`main-logs` is the log.",
        "d03_exit_2",
        lambda r: r.artifacts("a") == ["main-logs"],
    ),
    # ---- 07: conditions
    Sentence(
        "07_control_flow",
        "`Skipped` is a phase, and the message shows the `when` with the value filled in.",
        "d01_condition_false",
        lambda r: r.message("condition-1") == 'when \'"no" == "yes"\' evaluated false',
    ),
    Sentence(
        "07_control_flow",
        "The run succeeded: skipping was the plan.",
        "d01_condition_false",
        lambda r: r.phase == "Succeeded",
    ),
    Sentence(
        "07_control_flow",
        "It compiled, and the server refused it (a 500, though the mistake is yours).",
        "a02_out_of_condition_false",
        _out_of_condition,
    ),
    Sentence(
        "07_control_flow",
        "For Argo a skipped task counts as done, so `say` ran, and got a placeholder that nobody",
        "d47_skipped_output",
        lambda r: r.takes("p") == ["{{tasks.w.outputs.parameters.o}}"] and r.phase == "Succeeded",
    ),
    Sentence(
        "07_control_flow",
        "(With Argo 4, in Kubeflow Pipelines 2.17, it gets an empty string.)",
        "d47_skipped_output",
        lambda r: r.takes("p") == [""],
        NEW,
    ),
    Sentence(
        "07_control_flow",
        "the step outside would have ended in `Error`: `Unable to resolve:",
        "d48_skipped_artifact",
        lambda r: r.message("r") == 'Unable to resolve: "tasks.w.outputs.artifacts.o"',
    ),
    # ---- 07: loops
    Sentence(
        "07_control_flow",
        "cuts the items out of that text as they stand, so the step gets twelve ASCII characters",
        "f_korean_items",
        lambda r: r.log(r"p(0:\ud55c\uae00)").endswith(r"'\\ud55c\\uae00' 12" + "\n"),
    ),
    Sentence(
        "07_control_flow",
        r"a quotation mark arrives as `\"`, a new line as `\n`",
        "c54_items_with_tag",
        lambda r: (
            {r"q\"\\", r"n\nm\""}
            <= {line for log in r.answer["logs"].values() for line in log.split("\n")}
        ),
    ),
    Sentence(
        "07_control_flow",
        "With Argo 4, in Kubeflow Pipelines 2.17, the letters arrive.",
        "f_korean_items",
        lambda r: r.takes(r"p(0:\ud55c\uae00)") == ["한글"],
        NEW,
    ),
    Sentence(
        "07_control_flow",
        "The cure that works on both: `ensure_ascii=False`, or a file.",
        "f_korean_items",
        lambda r: r.takes("q(0:한글)") == ["한글"],
    ),
    Sentence(
        "07_control_flow",
        "output that is taken **only** outside is refused: `for-loop-1.outputs failed to resolve`",
        "a03_out_of_loop",
        lambda r: "templates.for-loop-2.outputs failed to resolve" in r.refused()[1],
    ),
    Sentence(
        "07_control_flow",
        "All of them, in the order of the list, as JSON, each one a string",
        "c46_loop_over_loop",
        lambda r: json.loads(r.takes("q")[0]) == ['"a" q', '"b" q'],
    ),
    Sentence(
        "07_control_flow",
        "c: Argo never starts it: the loop has failed.",
        "c48_subdag_fails",
        lambda r: r.phases("for-loop-2") == ["Failed"],
    ),
    Sentence(
        "07_control_flow",
        "So equality compares letter by letter",
        "d86_condition_numbers",
        lambda r: r.message("condition-2") == 'when \'"5" == "5.0"\' evaluated false',
    ),
    Sentence(
        "07_control_flow",
        "And failed isn't skipped: whatever waits for a failed task is *omitted*.",
        "d02_failed_omitted",
        lambda r: r.phases("a", "b") == ["Failed", "Omitted"],
    ),
    Sentence(
        "07_control_flow",
        "b: It runs: a skipped task counts as done.",
        "d47_skipped_output",
        lambda r: r.phases("w", "p") == ["Skipped", "Succeeded"],
    ),
    Sentence(
        "07_control_flow",
        "If the list is empty, the loop is skipped:",
        "c42_empty_list",
        lambda r: (r.phase, r.message("for-loop-1")) == ("Succeeded", "Skipped, empty params"),
    ),
    # ---- 07: retries, exit handler, cache, recursion
    Sentence(
        "07_control_flow",
        "Argo counts them, and puts the number wherever it finds `{{retries}}`",
        "c14_retry_second",
        lambda r: (r.gives("a(0)"), r.gives("a(1)")) == ("try 0", "try 1"),
    ),
    Sentence(
        "07_control_flow",
        "Just enough: 2 is the number of **further** attempts.",
        "c09_retry_default",
        lambda r: len(r.node("a")["children"]) == 3,
    ),
    Sentence(
        "07_control_flow",
        "Above them is a node of type `Retry`, which ends as the last attempt ends.",
        "c14_retry_second",
        lambda r: r.node("a")["type"] == "Retry" and r.phases("a", "a(1)") == ["Succeeded"] * 2,
    ),
    Sentence(
        "07_control_flow",
        "Only `Failed` is tried again, the program's own failure.",
        "c12_retry_onfailure",
        lambda r: len(r.node("a")["children"]) == 3 and r.phases("a(0)") == ["Failed"],
    ),
    Sentence(
        "07_control_flow",
        "Argo fills in `{{workflow.status}}` at the end.",
        "c02_exit_failure",
        lambda r: "['Failed'," in r.log(".onExit"),
    ),
    Sentence(
        "07_control_flow",
        "The handler succeeded, and the run has still failed",
        "c02_exit_failure",
        lambda r: (r.phase, *r.phases(".onExit")) == ("Failed", "Succeeded"),
    ),
    Sentence(
        "07_control_flow",
        "A run that was terminated is `Failed`; so is the step that was running, with `Step",
        "c06_terminate_plain",
        lambda r: (
            (r.phase, r.message("a")) == ("Failed", "Step exceeded its deadline")
            and r.phases("a") == ["Failed"]
        ),
    ),
    Sentence(
        "07_control_flow",
        "(in Kubeflow Pipelines 2.17 `main: Error (exit code 143)`)",
        "c06_terminate_plain",
        lambda r: r.message("a") == "main: Error (exit code 143)",
        NEW,
    ),
    Sentence(
        "07_control_flow",
        "what waited is `Omitted`",
        "c06_terminate_plain",
        lambda r: r.phases("b") == ["Omitted"],
    ),
    Sentence(
        "07_control_flow",
        "an exit handler, which comes next, still runs.",
        "c05_exit_terminate",
        lambda r: (r.phase, *r.phases("work", ".onExit")) == ("Failed", "Failed", "Succeeded"),
    ),
    Sentence(
        "07_control_flow",
        "with `2.0`, which kfp takes, Kubeflow Pipelines 1.8 refuses the pipeline",
        "c13_retry_backoff",
        lambda r: r.refused() and "backoff.factor of type int32" in r.refused()[1],
    ),
    Sentence(
        "07_control_flow",
        "and 2.17 doesn't.",
        "c13_retry_backoff",
        lambda r: len(r.node("a")["children"]) == 3,
        NEW,
    ),
    Sentence(
        "07_control_flow",
        "it takes those outputs and runs nothing.",
        "d29_cache",
        _cached,
    ),
    Sentence(
        "07_control_flow",
        "Argo keeps a finished step's log as the artifact `main-logs`",
        "d03_exit_2",
        lambda r: r.artifacts("a") == ["main-logs"],
    ),
    Sentence(
        "07_control_flow",
        "a step that failed isn't kept",
        "d31_cache_failed",
        lambda r: "taken from cache" not in r.log("a"),
    ),
    Sentence(
        "07_control_flow",
        "and the last condition skipped.",
        "d94_graph_component",
        lambda r: "evaluated false" in r.text,
    ),
    # ---- 09
    Sentence(
        "09_when_it_fails",
        "`say` is `Omitted`, so it's no suspect: it never ran.",
        "b02_no_mkdir_value",
        lambda r: r.phases("no-mkdir", "say") == ["Failed", "Omitted"],
    ),
    Sentence(
        "09_when_it_fails",
        "(The status is 500, as if the server were broken. It isn't; it hands on what Argo's check",
        "a87_unknown_dependency",
        lambda r: r.refused()[0] == 500 and "invalid dependency nope" in r.refused()[1],
    ),
    Sentence(
        "09_when_it_fails",
        "The exit code in the message isn't your program's; it belongs to Argo's container.",
        "d69_error_and_fail",
        lambda r: (
            r.phases("b") == ["Error"]
            and r.message("b").startswith("Error (exit code 1): open /var/run/argo/outputs/")
            and r.message("b").endswith(": no such file or directory")
        ),
    ),
    Sentence(
        "09_when_it_fails",
        '| `Error (exit code 64): failed to find name in PATH: exec: "..."` | the image has',
        "d06_command_not_found",
        lambda r: r.message("a").startswith("Error (exit code 64): failed to find name in PATH"),
    ),
    Sentence(
        "09_when_it_fails",
        "killed (128 + signal 9)",
        "d03_exit_137",
        lambda r: r.message("a") == "Error (exit code 137)",
    ),
    Sentence(
        "09_when_it_fails",
        "2.17 puts the container's name in front: `main: Error (exit code 2)`.)",
        "d03_exit_2",
        lambda r: r.message("a") == "main: Error (exit code 2)",
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "`Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. ...`",
        "d22_too_large_request",
        lambda r: r.before("a")["message"].startswith(
            "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu"
        ),
    ),
    Sentence(
        "09_when_it_fails",
        "F: `Pod was active on the node longer than the specified deadline`",
        "d13_timeout_retry",
        lambda r: "Pod was active on the node longer than the specified deadline" in r.text,
    ),
    Sentence(
        "09_when_it_fails",
        "For a run, Kubeflow Pipelines 2.17 says `Failed` where 1.8 says `Error`",
        "d48_skipped_artifact",
        lambda r: r.answer["history"][-1] == r.phase == "Error",
    ),
    Sentence(
        "09_when_it_fails",
        "For a run, Kubeflow Pipelines 2.17 says `Failed` where 1.8 says `Error`",
        "d48_skipped_artifact",
        lambda r: (r.phase, r.answer["history"][-1]) == ("Error", "Failed"),
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "One too many is refused: `Unrecognized input parameter: dyas` (500;",
        "a143_unknown_arg",
        lambda r: r.refused()[0] == 500 and "Unrecognized input parameter: nope" in r.refused()[1],
    ),
    Sentence(
        "09_when_it_fails",
        "(500; in Kubeflow Pipelines 2.17 it's a 400)",
        "a143_unknown_arg",
        lambda r: r.refused()[0] == 400 and "Unrecognized input parameter: nope" in r.refused()[1],
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "One too few isn't: the step gets an empty string.",
        "c22_unset_param",
        lambda r: r.takes("a") == ["", "dflt"] and r.log("a").endswith("['', 'dflt']\n"),
    ),
    Sentence(
        "09_when_it_fails",
        "`wait: Error (exit code 64): open ...: no such file or directory`.)",
        "d69_error_and_fail",
        lambda r: (
            r.message("b").startswith("wait: Error (exit code 64): open ")
            and r.message("b").endswith(": no such file or directory")
        ),
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "So is the step that waited for its image, with `Step exceeded its deadline`",
        "d22_too_large_request",
        lambda r: r.message("a") == "Step exceeded its deadline" and r.phases("a") == ["Failed"],
    ),
    Sentence(
        "09_when_it_fails",
        "So is the step that waited for its image, with `Step exceeded its deadline`",
        "d22_too_large_request",
        lambda r: r.message("a") == "Step exceeded its deadline" and r.phases("a") == ["Failed"],
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "(A step that was running has the same message;",
        "c06_terminate_plain",
        lambda r: r.message("a") == "Step exceeded its deadline",
    ),
    Sentence(
        "09_when_it_fails",
        "in Kubeflow Pipelines 2.17 it's `main: Error (exit code 143)`.)",
        "c05_exit_terminate",
        lambda r: r.message("work") == "main: Error (exit code 143)",
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "The steps after it are `Omitted`",
        "c06_terminate_plain",
        lambda r: r.phases("b") == ["Omitted"],
    ),
    Sentence(
        "09_when_it_fails",
        "and an exit handler still runs.",
        "c05_exit_terminate",
        lambda r: r.phases(".onExit") == ["Succeeded"],
    ),
    Sentence(
        "09_when_it_fails",
        "and `Pending` before it is `Running`.",
        "c06_terminate_plain",
        lambda r: r.answer["history"][:2] == ["Pending", "Running"],
        NEW,
    ),
    Sentence(
        "09_when_it_fails",
        "`CreateContainerConfigError: secret",
        "d20_configmap_env",
        lambda r: (
            r.before("a")["message"] == 'CreateContainerConfigError: configmap "nope" not found'
        ),
    ),
    Sentence(
        "09_when_it_fails",
        "`Omitted` | earlier | the step it was waiting for",
        "d02_failed_omitted",
        lambda r: r.message("b") == "omitted: depends condition not met",
    ),
    Sentence(
        "09_when_it_fails",
        "`Error (exit code 2)` | the program's",
        "d03_exit_2",
        lambda r: r.message("a") == "Error (exit code 2)",
    ),
    Sentence(
        "09_when_it_fails",
        "`Error (exit code 1)` | an exception",
        "d78_python_traceback",
        lambda r: r.message("a") == "Error (exit code 1)" and "Traceback" in r.text,
    ),
    # ---- 10
    Sentence(
        "10_capstone",
        "all parameters of a run together may have [10,000 bytes]",
        "e14_args_big",
        lambda r: "The input parameter length exceed maximum size of 10000" in r.refused()[1],
    ),
    Sentence(
        "10_capstone",
        "the server refuses a pipeline that takes a loop's value only outside",
        "a03_out_of_loop",
        lambda r: r.refused()[0] == 500,
    ),
    Sentence(
        "10_capstone",
        "Argo writes it into a file in the Pod.",
        "b27_raw_artifact",
        lambda r: "raw val" in r.log("r"),
    ),
    Sentence(
        "10_capstone",
        "**in the order of the settings**",
        "c46_loop_over_loop",
        lambda r: r.takes("q") == ['["\\"a\\" q","\\"b\\" q"]'],
    ),
    # ---- 06
    Sentence(
        "06_pass_data",
        "**262,144 bytes for a step's outputs.**",
        "b13_big_param",
        lambda r: "metadata.annotations: Too long: may not be more than 262144" in r.message("w"),
    ),
    Sentence(
        "06_pass_data",
        "100 kB is too much already: `measure` would have succeeded, and `warmest` would",
        "b14_param_100k",
        lambda r: (
            r.phases("w", "n") == ["Succeeded", "Error"]
            and (r.message("n"), r.log("n")) == ("Error (exit code 1)", "")
        ),
    ),
    Sentence(
        "06_pass_data",
        "100 kB is too much already",
        "b15_param_200k",
        lambda r: r.phases("w", "n") == ["Succeeded", "Error"],
    ),
    Sentence(
        "06_pass_data",
        "100, 200 and 300 kB get through",
        "b14_param_100k",
        lambda r: r.phase == "Succeeded",
        NEW,
    ),
    Sentence(
        "06_pass_data",
        "100, 200 and 300 kB get through",
        "b15_param_200k",
        lambda r: r.phase == "Succeeded",
        NEW,
    ),
    Sentence(
        "06_pass_data",
        "100, 200 and 300 kB get through",
        "b13_big_param",
        lambda r: r.phase == "Succeeded" and r.log("n") != "",
        NEW,
    ),
    Sentence(
        "06_pass_data",
        "Argo takes one newline off the end of a parameter",
        "b09_two_newlines",
        lambda r: r.gives("w") == "a\n",
    ),
    Sentence(
        "06_pass_data",
        "each byte that isn't becomes `efbfbd`, the replacement character.",
        "b08_not_utf8",
        lambda r: r.gives("w") == "a\ufffd\ufffdb",
    ),
    Sentence(
        "06_pass_data",
        "Argo packs whatever is at the path into a gzipped tar",
        "b16_dir_artifact",
        lambda r: len(next(iter(r.answer["artifacts"].values()))["tar"]) > 1,
    ),
    # ---- 08
    Sentence(
        "08_environments",
        "the step is `Pending`, `Unschedulable: 0/1 nodes are available`",
        "d22_too_large_request",
        lambda r: r.before("a")["phase"] == "Pending",
    ),
    # ---- 11
    Sentence(
        "11_to_sdk_2",
        "(Tried on 2.17.0, with the unmodified client of kfp 1.8.24:",
        "d82_kfp_defaults",
        lambda r: (r.phase, r.answer["history"][-1]) == ("Succeeded", "Succeeded"),
        NEW,
    ),
    # ---- 12
    Sentence(
        "12_on_a_cluster",
        "Up to Argo 3.3 a Pod's name is the id of its node",
        "d03_exit_2",
        lambda r: f"/{r.node('a')['id']}/main.log" in r.text,
    ),
    Sentence(
        "12_on_a_cluster",
        "Since 3.4 the template's name stands before the number, WORKFLOW-TEMPLATE-NUMBER",
        "d03_exit_2",
        lambda r: f"-a-{r.node('a')['id'].rpartition('-')[2]}/main.log" in r.text,
        NEW,
    ),
    Sentence(
        "12_on_a_cluster",
        "has lines of Argo's among yours, marked `argo=true`",
        "d03_exit_2",
        lambda r: 'msg="capturing logs" argo=true' in r.log("a"),
    ),
    Sentence(
        "12_on_a_cluster",
        "and Argo 4 writes none.",
        "c14_retry_second",
        lambda r: "argo=true" not in "".join(r.answer["logs"].values()),
        NEW,
    ),
    Sentence(
        "12_on_a_cluster",
        "**ten seconds or more for each level**",
        "d27_chain",
        lambda r: min(_gaps(r)) >= 10,
    ),
]


def prose(lesson: str) -> str:
    notebook = json.loads((REPOSITORY / "solutions" / f"{lesson}.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize(
    "sentence", SENTENCES, ids=lambda s: f"{s.lesson[:2]} {s.words[:40]} {s.record}"
)
def test_a_sentence_on_a_cluster_is_proved_by_a_record(sentence):
    assert sentence.words in prose(sentence.lesson)
    assert sentence.proof(Recorded(sentence.version, sentence.record))
