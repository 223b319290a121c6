"""The judge of 08-3: a component.yaml as text, which is run on lines that it hasn't seen."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import localkfp
import yaml
from kfp.components import load_component_from_text

from workbook.exercises.dice import Dice
from workbook.exercises.judges.runs import ERROR, run_ended
from workbook.exercises.model import Case, Finding, NotObserved, not_yet, right
from workbook.kernel.answers import compile_pipeline
from workbook.language import _

TEXT = """a cat
a dog
cat and dog
no cats, no dogs, no dog at all
A DOG
no bird
version 1.5
as of 1.5.
version 125
"""
COUNTS = tuple(
    ({"text": TEXT, "word": word}, count)
    for word, count in (
        *(("dog", "3"), ("cat", "3"), ("and", "1"), ("zebra", "0")),
        *(("1.5", "2"), ("1.5.", "1"), ("no dog", "1"), (" cat", "2"), ("*5", "0")),
    )
)


def judge_count_lines(answer: Any, cases: Sequence[Case]) -> Finding:
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


def lines(dice: Dice) -> dict[str, Any]:
    """Lines of words, and a word that is in some of them, once or more often. Others have it in
    capitals, without its space, or only if its dot stood for any letter."""
    first, second, *others = (dice.word() for _ in range(5))
    sign = dice.one_of((".", " ", "*", "[0]"))
    word = f"{first}{sign}{second}"
    unlike = [word.upper(), f"{first}x{second}", f"{first}{second}", f"{first}0{second}", first]
    lines = [
        " ".join(dice.one_of([word, *unlike, *others, *others]) for _ in range(4))
        for _ in range(dice.between(6, 12))
    ]
    lines += [f"{word} {word}", f"{others[0]} {word}s", *unlike]
    return {"text": "\n".join(dice.shuffled(lines)) + "\n", "word": word}


def counted(answer: str, arguments: Mapping[str, Any]) -> str:
    result = _run_count(load_component_from_text(answer), **arguments)
    if isinstance(result, Finding):
        raise NotObserved(result.text)
    if result.phase != "Succeeded":
        raise NotObserved(f"it ends {result.phase}: {result.message}")
    return _seen(result)


def _run_count(factory: Any, text: str, word: str) -> localkfp.LocalRun | Finding:
    factory.component_spec.name = "step"
    manifest = compile_pipeline(lambda: factory(text=text, word=word) and None)
    return run_ended(manifest, {}, _("the word {word!r}").format(word=word))


def _seen(result: localkfp.LocalRun) -> str:
    return next(iter(result.outputs.get("step", {}).values()), "").strip()


def _count(factory: Any, text: str, word: str, wanted: str) -> Finding | None:
    try:
        result = _run_count(factory, text, word)
    except TypeError as error:  # of kfp, for an argument that the component does not take
        return not_yet(_("run with the word {word!r}: {error}").format(word=word, error=error))
    if isinstance(result, Finding):
        return result
    log = result.logs.get("step", "")
    if result.phase != "Succeeded":
        cause = _last_line(log)
        if wanted == "0" and len(log.splitlines()) == 1:  # nothing but localkfp's line
            cause = _("grep ends with 1 when it finds nothing, and sh -e stops there.")
        if "no such file or directory" in result.message and "outputs/count" not in log:
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
