"""Where localkfp is meant to answer otherwise than the genuine server, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """`request` and `line` are patterns: of the whole name of a request, and of the beginning of a
    line of `compare.differences`."""

    reason: str
    line: str
    request: str = ".*"

    def matches(self, request: str, line: str) -> bool:
        return bool(re.fullmatch(self.request, request) and re.match(self.line, line, re.DOTALL))


LIVE = r"\.pipeline_runtime\.workflow_manifest"
OF_A_CLUSTER = "|".join(
    (
        r"\.metadata\.(managedFields|namespace|generation|resourceVersion|selfLink|uid)",
        r"\.metadata\.(labels|annotations)\.workflows\.argoproj",
        r"\.spec\.(podMetadata|activeDeadlineSeconds)",
        r"\.spec\.templates\[\d+\]\.metadata",
        r"\.spec\.templates.*\.optional",
        r"\.status\.(artifactRepositoryRef|progress|conditions|storedTemplates|resourcesDuration)",
        r"\.status\.(startedAt|finishedAt): None",
        r"\.status\.nodes\.[^.]+\.(progress|hostNodeName|resourcesDuration|templateScope)",
        r"\.status\.nodes\.[^.]+\.(finishedAt: None|outputs\.artifacts)",
        r"\.status\.nodes\.[^.]+\.(startedAt|finishedAt): ",
        r".*: (\{\}|) -> -$|.*: - -> (\[\]|\{\})$",  # the empty fields that Go writes
    )
)

WANTED = (
    Wanted(
        "a job is switched at once, and its status with it; there its agent tells that later",
        r"(\.jobs\[<\w+>\])?\.status: (NO_STATUS|Enabled|Disabled) -> (Enabled|Disabled)",
        "job .*",
    ),
    Wanted(
        "jobs made in one second have the order in which they were made",
        r"\.jobs order: ",
        "job (list .*|page [12] desc|filter .*)",
    ),
    Wanted(
        "and so its page holds another of them",
        r"\.jobs\[|\.next_page_token",
        "job page [12] desc",
    ),
    Wanted(
        "what Kubernetes, Istio, Argo's controller and Go's empty fields add to a live Workflow",
        f"{LIVE}({OF_A_CLUSTER})",
    ),
    Wanted(
        "a method that a path doesn't take is answered in words, as JSON",
        r"type: text/plain.* -> application/json|code: - -> 3",
    ),
    Wanted("the token of a page is written otherwise", r"\.next_page_token: \S+ -> \S+$"),
    Wanted(
        "a mistake of the asker's is 400 or 404, not 500",
        r"status: 500 -> 40[04]",
    ),
    Wanted("what would kill the genuine server gets a sentence", r"it died -> 40[04]"),
    Wanted(
        "a service that one machine lacks is named: 501",
        r"status: 500 -> 501",
        "tasks create|vis .*",
    ),
    Wanted(
        "% and _ are letters to look for, not wildcards, and a filter is decoded once",
        r"status: 400 -> 200|.*: - ->|.* -> -$|.* order: ",
        "(exp|pipe|run|job) filter (substring [%_]|percent|lte time zone)",
    ),
    Wanted(
        "ids are random: what is sorted by them, or equal but for them, has another order",
        r"\.\w+ order: ",
        r"\w+ (list )?sort (id|status|s\w+_\w+|bad \[(metric:acc|desc\w+)\])( desc)?"
        r"|metrics sort unknown",
    ),
    Wanted(
        "a run begins at once, and ends as soon as it can",
        rf"\.run\.status: - -> (Pending|Running)|{LIVE}\.status\.(phase|nodes)|status: 409 -> 200",
        "run get of .*|run get (retried|terminating)|run retry at once again",
    ),
    Wanted(
        "a default version must be one of the pipeline's own",
        r"status: 200 -> 40[04]|\.default_version",
        "default version (unknown|unknown pipe|other pipe)|pipe get default [23]",
    ),
    Wanted(
        "a log is the program's own text below a sentence of localkfp's; none is 404",
        r"text: |status: 200 -> 404",
        ".*log.*",
    ),
    Wanted(
        "an artifact is packed by another gzip; its content is the same", r"\.data: ", "artifact .*"
    ),
    Wanted(
        "what Argo knows no field for isn't kept, and each run has a name of its own",
        rf"\.run\.pipeline_spec\.workflow_manifest\.colour: 1 -> -|{LIVE}\.metadata\.name: fixed",
        "run create manifest (unknown field|name)",
    ),
    Wanted(
        "what a database of that cluster can't hold, or takes for the same, is a name here",
        r"status: (500|409) -> 200|status: 404 -> 200",
        "exp create name (emoji|trailing space)|exp delete again",
    ),
    Wanted(
        "a body is UTF-8 and one JSON value, text has no NUL, and a page of any site can't send it",
        r"status: 200 -> (400|404|415)",
        "exp (create (trailing junk|text plain|latin1|name nul)|delete (enul|etp|etj|elat))",
    ),
    Wanted("metrics sort runs whatever their names are", r"status: [45]00 -> 200", "metrics .*"),
    Wanted(
        "reports of agents are for a cluster: 501",
        r"status: 40[04] -> 501",
        "report (workflow|swf) .*",
    ),
    Wanted(
        "the dashboard and the front end's questions are answered by the same server",
        r"status: (404|405) -> 200",
        "root|vis allowed",
    ),
    Wanted(
        "no path is corrected, and there are no metrics of the server's own",
        r"status: (301|200) -> 404",
        "double slash|exp get encoded|metrics",
    ),
    Wanted("an upload is a POST or a PUT", r"status: 400 -> 405", "upload (version )?GET"),
    Wanted("it is localkfp, and says its release", r"\.(commit_sha|tag_name): ", "health .*"),
)
