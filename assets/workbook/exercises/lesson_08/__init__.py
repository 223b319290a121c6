"""Lesson 08: environments."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.components import program
from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.runs import run_succeeded, succeeded
from workbook.exercises.judges.typed import choices, with_keys
from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.judges.workflows import graph
from workbook.exercises.lesson_08.count_lines import (
    COUNTS,
    counted,
    judge_count_lines,
    lines,
)
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_attempted, not_yet, right
from workbook.language import _

DIGEST = "sha256:e41613d42d4891e4930f79523f93f81bbc7632584ec65e36ab055f41a800b41e"
PINNED = {
    "pandas": "2.2.3",
    "numpy": "2.1.3",
    "python-dateutil": "2.9.0.post0",
    "pytz": "2024.2",
    "six": "1.16.0",
    "tzdata": "2024.2",
}
# kfp/components/_python_op.py, _get_packages_to_install_command
PIP = re.compile(r"pip install --quiet --no-warn-script-location ((?:'[^']*' ?)+)")
MEMORY = 256 * 2**20  # bytes
UNITS = {"": 1} | {unit: 1000 ** (n + 1) for n, unit in enumerate("KMGTPE")}
UNITS |= {f"{unit}i": 1024 ** (n + 1) for n, unit in enumerate("KMGTPE")}

PLACES = {
    "A": ("kernel", _("the line stands in a cell, outside the function, and is not copied.")),
    "B": ("pod", _("it stands inside the function, whose text is the program of the Pod.")),
    "C": ("kernel", _("the compiler calls the pipeline function to draw the graph.")),
    "D": (
        "kernel",
        _("it stands in the pipeline function, which the compiler calls; it prints a placeholder."),
    ),
    "E": (
        "server",
        _("the YAML has it still, and the Pod starts with the number in its place."),
    ),
    "F": ("pod", _("print runs where the function runs; the server only keeps what it wrote.")),
}


def _happens_in(answer: Any) -> Finding:
    answer = with_keys(choices(answer), PLACES)
    if not isinstance(answer, Mapping) or set(answer) != set(PLACES):
        return not_yet(
            _("you gave {answer}; asked for is a dict with the keys {keys}.").format(
                answer=f"{answer!r:.200}", keys=", ".join(PLACES)
            )
        )
    for letter, place in answer.items():
        if place not in ("kernel", "pod", "server"):
            return not_yet(
                _("{letter} is {place}; the places are kernel, pod and server.").format(
                    letter=letter, place=f"{place!r:.60}"
                )
            )
    wrong = [letter for letter, (place, _why) in PLACES.items() if answer[letter] != place]
    if not wrong:
        return right()
    return not_yet(
        _("{right} of {count} are right. {letter} is not in the {place}: {why}").format(
            right=len(PLACES) - len(wrong),
            count=len(PLACES),
            letter=wrong[0],
            place=answer[wrong[0]],
            why=PLACES[wrong[0]][1],
        )
    )


def _pinned(answer: Mapping[str, Any]) -> Finding:
    container = answer.get("implementation", {}).get("container", {})
    image = str(container.get("image", ""))
    if not image.endswith(f"@{DIGEST}"):
        seen = _("the image is {image}; ").format(image=image)
        if "@" in image:
            return not_yet(seen + _("its digest is not the one in DIGEST."))
        if image == "python:3.7":
            return not_yet(seen + _("kfp takes that one when there is no base_image."))
        if DIGEST in image:
            return not_yet(seen + _("before a digest stands @, before a tag stands a colon."))
        return not_yet(seen + _("that is a tag, and a tag can move. Write python@ and the digest."))
    if not re.search(r"^def mean_price\(", program(answer), re.MULTILINE):
        return not_yet(
            _("the component is made of another function; asked for is one of mean_price.")
        )
    asked = _asked_for([str(word) for word in container.get("command", ())])
    if not asked:
        return not_yet(_("no packages are asked for; pass the list as packages_to_install."))
    if cause := _no_list(asked):
        return not_yet(cause)
    for package in asked:
        if not re.fullmatch(r"[\w.-]+==[\w.]+", package):
            return not_yet(
                _("{package!r} leaves the choice to pip; each entry is like name==1.0.").format(
                    package=package
                )
            )
    pairs = (package.split("==") for package in asked)
    versions = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}
    for name, version in PINNED.items():
        if versions.get(name) != version:
            return not_yet(
                _("{name} was {version}; your list has {given}.").format(
                    name=name, version=version, given=versions.get(name, _("none"))
                )
            )
    if extra := ", ".join(sorted(set(versions) - set(PINNED))):
        return not_yet(_("{extra} is not among what worked.").format(extra=extra))
    return right()


def _no_list(asked: list[str]) -> str:
    """What went wrong when a text was made a list of entries for pip; empty if nothing did."""
    newline = repr("\n")[1:-1]  # as kfp writes it into the command
    if all(len(entry) == 1 for entry in asked if entry != newline):
        return _("you passed a text, and kfp took each letter for a package: worked.split()")
    if "" in asked:
        return _("one entry is empty, the end of the last line; worked.split() leaves none.")
    if any(newline in entry for entry in asked):
        return _("one entry holds several lines; each package is an entry: worked.split()")
    return ""


def _asked_for(command: list[str]) -> list[str]:
    found = next((match for word in command if (match := PIP.search(word))), None)
    return shlex.split(found[1]) if found else []


OTHER = "XTS"  # ISO 4217: for testing
TAGS = (
    ({"amount": 7, "currency": "KRW"}, "7 KRW"),
    ({"amount": 12, "currency": "CHF"}, "12 CHF"),
)


def _price_tag(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    if not graph(answer):
        return not_attempted()
    pods = [t for t in answer["spec"]["templates"] if "container" in t]
    if len(pods) != 1:
        return not_yet(
            _("the pipeline has {count} steps; one is asked for.").format(count=len(pods))
        )
    container = pods[0]["container"]
    names = {variable.get("name"): variable for variable in container.get("env", ())}
    if "CURRENCY" not in names:
        seen = ", ".join(str(name) for name in names) or _("none")
        return not_yet(
            _(
                "the step has the environment variables {seen}; CURRENCY is missing. What "
                "os.environ has in the kernel doesn't reach a Pod."
            ).format(seen=seen)
        )
    finding = _memory(container.get("resources", {}))
    if finding:
        return finding
    for arguments, wanted in cases:
        if finding := _tagged(answer, arguments, wanted):
            return finding
        other = f"{arguments['amount']} {OTHER}"
        if _tagged(_with_other_currency(answer), arguments, other):
            return not_yet(
                _(
                    "the step gives the currency, but doesn't take it from CURRENCY: with another "
                    "value there it should give {wanted!r}. Make the step with tag_op."
                ).format(wanted=other)
            )
    return right()


def _with_other_currency(manifest: Mapping[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(manifest))
    for template in copy["spec"]["templates"]:
        for variable in template.get("container", {}).get("env", ()):
            if variable.get("name") == "CURRENCY":
                variable["value"] = OTHER
    return copy


def _tag(answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    (outputs,) = succeeded(answer, arguments).outputs.values()
    return next(iter(outputs.values()))


def _memory(resources: Mapping[str, Any]) -> Finding | None:
    limit = str(resources.get("limits", {}).get("memory", ""))
    if not limit:
        if "memory" in resources.get("requests", {}):
            return not_yet(_("that is a memory request, which reserves; a limit bounds."))
        return not_yet(_("the step has no memory limit."))
    number = re.fullmatch(r"(\d+)([KMGTPE]i?)?", limit)
    size = int(number[1]) * UNITS[number[2] or ""] if number else 0
    if size == MEMORY:
        return None
    return not_yet(
        _("the memory limit {limit} is {size:,} bytes; 256 MiB are {wanted:,}.").format(
            limit=limit, size=size, wanted=MEMORY
        )
    )


def _tagged(
    manifest: Mapping[str, Any], arguments: Mapping[str, Any], wanted: str
) -> Finding | None:
    words = spoken_arguments(arguments)
    result = run_succeeded(manifest, arguments, words)
    if isinstance(result, Finding):
        return result
    values = [value for outputs in result.outputs.values() for value in outputs.values()]
    if wanted in values:
        return None
    return not_yet(
        _("run with {arguments} the step gives {seen!r}; it should give {wanted!r}.").format(
            arguments=words, seen=f"{', '.join(values):.200}", wanted=wanted
        )
    )


QUIZ = {
    "1": (
        "c",
        {
            "a": _("the digest fixes the image; pip runs after it, when the Pod starts."),
            "b": _("the compiler asks nobody; it writes the word pandas into a call of pip."),
        },
    ),
    "2": (
        "b",
        {
            "a": _("the value is in the Workflow, and the Workflow is stored on the server."),
            "c": _("you read the variable in the YAML above, in plain text."),
        },
    ),
    "3": (
        "c",
        {
            "a": _("localkfp ignores limits, and a cluster doesn't."),
            "b": _("a Pod waits for what it requests; a limit says how far it may go."),
        },
    ),
}

EXERCISES = (
    Exercise(
        "08-1",
        "value",
        _happens_in,
        (
            _("Who reads this line when: Python in this notebook, or the program in the Pod?"),
            _("Only the text of the function area is copied; where is run by the compiler."),
            _("Three happen in the kernel, two in the Pod, one on the server."),
        ),
    ),
    Exercise(
        "08-2",
        "component",
        _pinned,
        (
            _("Which two things can change: where does Python come from, and where pandas?"),
            _("create_component_from_func takes base_image and packages_to_install, a list."),
            _("base_image=f'python@{DIGEST}', packages_to_install=worked.split()"),
        ),
    ),
    Exercise(
        "08-3",
        "value",
        judge_count_lines,
        (
            _("Which of the three values does the program need as a value, which as a path?"),
            _("args: [{inputValue: word}, {inputPath: text}, {outputPath: count}]"),
            _('mkdir -p "$(dirname "$2")"; grep -cF -- "$0" "$1" > "$2" || true'),
        ),
        Trial(COUNTS, counted, lines),
    ),
    Exercise(
        "08-4",
        "workflow",
        _price_tag,
        (
            _("The function runs when it's compiled. What is currency then: a text?"),
            _("A task has set_memory_limit and add_env_variable; V1EnvVar has a name and a value."),
            _("task.add_env_variable(V1EnvVar(name='CURRENCY', value=...)): a placeholder will do"),
        ),
        Trial(TAGS, _tag),
    ),
    Exercise(
        "08-quiz",
        "value",
        quiz(QUIZ),
        (
            _("When is each of it done: at compile time, when the Pod starts, or while it runs?"),
            _("Read again what stands in the YAML: pip's command, env, resources."),
            _("One answer is b, two are c."),
        ),
    ),
)
