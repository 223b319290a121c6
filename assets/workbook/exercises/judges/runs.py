"""Running an answer: a run, or the finding that says why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import localkfp

from workbook.exercises.judges.words import listed, one_line
from workbook.exercises.model import Finding, NotObserved, not_yet
from workbook.language import _

SECONDS = 60
LONGEST = 300  # characters of what a run says
# `NameError: ...` ends a traceback, `Double: error: ...` is argparse's
ERROR = re.compile(r"[\w.]+: error: |[\w.]*(Error|Exception)\b")


def run_ended(
    manifest: Mapping[str, Any] | str, arguments: Mapping[str, Any], words: str
) -> localkfp.LocalRun | Finding:
    """A run of the Workflow, in whatever phase it ended; `words` say in a finding with what."""
    try:
        workflow = localkfp.load(manifest)
        own = {parameter.name for parameter in workflow.parameters}
        if missing := [name for name in arguments if name not in own]:
            return not_yet(
                _("the pipeline has no parameter {missing}; asked for are {wanted}.").format(
                    missing=listed(missing), wanted=listed(list(arguments))
                )
            )
        return localkfp.run(workflow, arguments, timeout=SECONDS)
    except (localkfp.WorkflowError, TimeoutError) as error:
        return not_yet(
            _("run with {arguments}: {error}").format(
                arguments=words, error=one_line(str(error), LONGEST)
            )
        )


def run_succeeded(
    manifest: Mapping[str, Any] | str, arguments: Mapping[str, Any], words: str
) -> localkfp.LocalRun | Finding:
    """The same, and a run that didn't succeed is a finding too."""
    run = run_ended(manifest, arguments, words)
    if isinstance(run, Finding) or run.phase == "Succeeded":
        return run
    return not_succeeded(run, words)


def not_succeeded(run: localkfp.LocalRun, words: str) -> Finding:
    """The finding on a run that ended in another phase than it should."""
    return not_yet(
        _("run with {arguments} it ends {phase}: {why}").format(
            arguments=words, phase=run.phase, why=why(run)
        )
    )


def succeeded(manifest: Mapping[str, Any] | str, arguments: Mapping[str, Any]) -> localkfp.LocalRun:
    """A run of the solution. Raises NotObserved for one that doesn't end Succeeded."""
    result = localkfp.run(localkfp.load(manifest), arguments, timeout=SECONDS)
    if result.phase != "Succeeded":
        raise NotObserved(f"it ends {result.phase}: {why(result)}")
    return result


def why(result: localkfp.LocalRun) -> str:
    """The message, and the last line of a log that says which error it was."""
    lines = [line for log in result.logs.values() for line in log.splitlines()]
    errors = [line for line in lines if ERROR.match(line)]
    said = f"{result.message}; {one_line(errors[-1])}" if errors else result.message
    said = one_line(said, LONGEST)
    if 'Value "None" has type' in said:
        return said + " " + _("The function returns nothing: print shows a value, return gives it.")
    return said
