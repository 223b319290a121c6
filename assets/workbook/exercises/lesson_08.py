"""Lesson 08: environments."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import localkfp
import yaml
from kfp.components import load_component_from_text

from workbook.answers import compile_pipeline
from workbook.dice import Dice
from workbook.exercise import (
    Case,
    Exercise,
    Finding,
    NotObserved,
    Trial,
    not_attempted,
    not_yet,
    right,
)
from workbook.judges import ERROR, graph, judge_quiz, program, succeeded
from workbook.language import _

SECONDS = 60
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


def _happens_in(answer: Any, given: object) -> Finding:
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


def _pinned(answer: Mapping[str, Any], given: object) -> Finding:
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


TEXT = "a cat\na dog\ncat and dog\nno cats, no dogs, no dog at all\n"
COUNTS = tuple(
    ({"text": TEXT, "word": word}, count)
    for word, count in (("dog", "3"), ("cat", "3"), ("and", "1"), ("zebra", "0"))
)


def _count_lines(answer: Any, given: object, cases: Sequence[Case]) -> Finding:
    if not isinstance(answer, str):
        return not_yet(
            _("you gave a {kind}; asked for is the component.yaml as text.").format(
                kind=type(answer).__name__
            )
        )
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(answer)):
            # ten lines of aliases of aliases are a thousand million values
            return not_yet(_("write values out: the check takes no aliases, like *name."))
        if not isinstance(yaml.safe_load(answer), Mapping):
            return not_yet(
                _(
                    "the text {answer} is no component: it begins with name, inputs, outputs."
                ).format(answer=f"{answer!r:.60}")
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a missing command, which is found below
            factory = load_component_from_text(answer)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return not_yet(
            _("the text is no YAML: line {line}: {problem}").format(
                line=mark.line + 1 if mark else 1,
                problem=getattr(error, "problem", None) or _("a character that YAML forbids"),
            )
        )
    except Exception as error:  # kfp raises whatever its dataclasses raise
        first = str(error).splitlines()[0] if str(error) else ""
        return not_yet(
            _("kfp takes the text for no component: {error}").format(
                error=f"{type(error).__name__}: {first:.200}"
            )
        )
    return _count_lines_component(factory, cases)


def _count_lines_component(factory: Any, cases: Sequence[Case]) -> Finding:
    specification = factory.component_spec
    inputs = {entry.name for entry in specification.inputs or ()}
    outputs = {entry.name for entry in specification.outputs or ()}
    if inputs != {"text", "word"} or outputs != {"count"}:
        return not_yet(
            _(
                "the component has the inputs {inputs} and the outputs {outputs}; asked for are "
                "text, word and count."
            ).format(
                inputs=", ".join(sorted(inputs)) or _("none"),
                outputs=", ".join(sorted(outputs)) or _("none"),
            )
        )
    if specification.implementation is None:
        return not_yet(_("it has no implementation, which says what to run in which image."))
    words = list(_placeholders(specification.implementation.to_dict()))
    if ("inputPath", "text") not in words:
        return not_yet(_("the text doesn't come as a file: where is inputPath?"))
    if ("outputPath", "count") not in words:
        return not_yet(_("nothing says where the count is to be written: where is outputPath?"))
    for arguments, wanted in cases:
        if finding := _count(factory, arguments["text"], arguments["word"], wanted):
            return finding
    return right()


def _lines(dice: Dice) -> dict[str, Any]:
    """Lines of words, and a word that is in some of them, once or more often."""
    word, *others = (dice.word() for _ in range(4))
    lines = [
        " ".join(dice.one_of([word, *others, *others]) for _ in range(4))
        for _ in range(dice.between(6, 12))
    ]
    return {"text": "\n".join([f"{word} {word}", *lines]) + "\n", "word": word}


def _counted(answer: str, arguments: Mapping[str, Any]) -> str:
    result = _run_count(load_component_from_text(answer), **arguments)
    if result.phase != "Succeeded":
        raise NotObserved(f"it ends {result.phase}: {result.message}")
    return _seen(result)


def _run_count(factory: Any, text: str, word: str) -> localkfp.LocalRun:
    factory.component_spec.name = "step"
    manifest = compile_pipeline(lambda: factory(text=text, word=word) and None)
    return localkfp.run(localkfp.load(manifest), timeout=SECONDS)


def _seen(result: localkfp.LocalRun) -> str:
    return next(iter(result.outputs.get("step", {}).values()), "").strip()


def _count(factory: Any, text: str, word: str, wanted: str) -> Finding | None:
    try:
        result = _run_count(factory, text, word)
    except (localkfp.WorkflowError, TimeoutError, TypeError) as error:
        return not_yet(_("run with the word {word!r}: {error}").format(word=word, error=error))
    log = result.logs.get("step", "")
    if result.phase != "Succeeded":
        cause = _last_line(log)
        if wanted == "0" and len(log.splitlines()) == 1:  # nothing but localkfp's line
            cause = _("grep ends with 1 when it finds nothing, and sh -e stops there.")
        if "wrote no file" in result.message and "outputs/count" not in log:
            cause = _("what the program prints is the log; the count belongs into a file.")
        if "outputs/count" in log:
            cause = _("does the program make the folder of its output?")
        return not_yet(
            _("run with the word {word!r} it ends {phase} ({message}): {cause}").format(
                word=word, phase=result.phase, message=result.message, cause=cause
            )
        )
    seen = _seen(result)
    if seen != wanted:
        return not_yet(
            _("with the word {word!r} it counts {seen!r}; {wanted} lines contain it.").format(
                word=word, seen=f"{seen:.60}", wanted=wanted
            )
        )
    return None


def _last_line(log: str) -> str:
    lines = log.splitlines()[1:]  # the first is localkfp's
    errors = [line for line in lines if ERROR.match(line)]
    last = (errors or lines or [_("its log is empty.")])[-1]
    return last[:300]


def _placeholders(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key, inner if isinstance(inner, str) else None
            yield from _placeholders(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _placeholders(inner)


TAGS = (
    ({"amount": 7, "currency": "KRW"}, "7 KRW"),
    ({"amount": 12, "currency": "CHF"}, "12 CHF"),
)


def _price_tag(answer: Mapping[str, Any], given: object, cases: Sequence[Case]) -> Finding:
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
    return right()


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
    words = ", ".join(f"{name}={value}" for name, value in arguments.items())
    try:
        result = localkfp.run(localkfp.load(manifest), arguments, timeout=SECONDS)
    except (localkfp.WorkflowError, TimeoutError) as error:
        return not_yet(_("run with {arguments}: {error}").format(arguments=words, error=error))
    if result.phase != "Succeeded":
        log = next(iter(result.logs.values()), "")
        return not_yet(
            _("run with {arguments} it ends {phase}: {why}").format(
                arguments=words, phase=result.phase, why=f"{result.message}; {_last_line(log)}"
            )
        )
    values = [value for outputs in result.outputs.values() for value in outputs.values()]
    if wanted in values:
        return None
    return not_yet(
        _("run with {arguments} the step gives {seen!r}; it should give {wanted!r}.").format(
            arguments=words, seen=f"{', '.join(values):.200}", wanted=wanted
        )
    )


QUESTIONS = {
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
        _count_lines,
        (
            _("Which of the three values does the program need as a value, which as a path?"),
            _("args: [{inputValue: word}, {inputPath: text}, {outputPath: count}]"),
            _('mkdir -p "$(dirname "$2")"; grep -c -- "$0" "$1" > "$2" || true'),
        ),
        Trial(COUNTS, _counted, _lines),
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
        lambda answer, given: judge_quiz(answer, QUESTIONS),
        (
            _("When is each of it done: at compile time, when the Pod starts, or while it runs?"),
            _("Read again what stands in the YAML: pip's command, env, resources."),
            _("One answer is b, two are c."),
        ),
    ),
)
