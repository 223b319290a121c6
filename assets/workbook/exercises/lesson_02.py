"""Lesson 02: quick start with the add example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.workflows import judge_workflow, step_outputs
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_yet
from workbook.language import _


def _final_output(answer: object) -> Finding:
    return judge_value(
        answer,
        84,
        causes=[
            ("84", _("the right digits, but as text; leave the quotation marks out.")),
            (16, _("that is the output of a run with 5 and 3; asked for is one with 10 and 4.")),
            (14, _("that is the output of add; the final output is that of the last step.")),
            (6, _("that is the output of subtract; the final output is that of the last step.")),
            ([14, 6], _("those are the inputs of multiply; asked for is its output.")),
        ],
        expects=_("that is not what the last step gives in a run with 10 and 4."),
    )


PRODUCTS_MINUS_SUMS = (
    ({"value_1": 6, "value_2": 4}, {"subtract": "14"}),
    ({"value_1": -3, "value_2": 2}, {"subtract": "-5"}),
)


def _product_minus_sum(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    steps = {"add": (), "multiply": (), "subtract": ("add", "multiply")}
    return judge_workflow(answer, steps, cases)


def _ports(answer: object) -> Finding:
    only_the_ports = _("only the two ports are asked for.")
    if isinstance(answer, str) and answer.split()[-1:] == ["9000:80"] != answer.split():
        return not_yet(
            _("you gave {answer}; {cause}").format(answer=f"{answer!r:.200}", cause=only_the_ports)
        )
    no_such_port = _("the service has no port {port}; its door for the dashboard is port 80.")
    return judge_value(
        answer.strip() if isinstance(answer, str) else answer,
        "9000:80",
        causes=[
            ("80:9000", _("the other way round: this machine's port comes first.")),
            ("9000", _("that alone means 9000:9000, and the service has no port 9000.")),
            (9000, _("that is one port; asked for is the text with both, HERE:THERE.")),
            ("9000:9000", no_such_port.format(port=9000)),
            ("9000:8080", no_such_port.format(port=8080)),
            ("8080:9000", no_such_port.format(port=9000)),
            ("8080:80", _("that opens it on 8080, which is taken.")),
            ("localhost:9000:80", only_the_ports),
        ],
        expects=_("asked for is HERE:THERE, this machine's port and the service's."),
    )


def _carriers(answer: object) -> Finding:
    docstring = _("a docstring is a part of the function: look at the program of add.")
    outside = _("what stands above a function isn't copied: look at the program of multiply.")
    return judge_value(
        answer,
        ["add", "subtract"],
        causes=[
            (["subtract"], docstring),
            (["multiply", "subtract"], docstring),
            (["add"], _("a comment inside a function is copied: look at subtract.")),
            (["add", "multiply", "subtract"], outside),
            (["add", "multiply"], outside),
            (["subtract", "add"], _("the right names; sort the list.")),
            ([], _("the file is ASCII, its content isn't: look at what the parser gives back.")),
            (
                ["add", "korean-text", "subtract"],
                _("korean-text is the graph; only a template with a container has a program."),
            ),
        ],
        expects=_("those are not the templates whose program has Korean in it, sorted."),
    )


QUIZ = {
    "1": (
        "c",
        {
            "a": _("the server has a Workflow, and a run reads that, not your file."),
            "b": _("the kernel isn't asked: the server runs the Workflow that it has."),
        },
    ),
    "2": (
        "a",
        {
            "b": _("the cluster doesn't know that you look; it waits for nobody."),
            "c": _("the run's Pods need no connection to your machine."),
        },
    ),
    "3": (
        "b",
        {
            "a": _("it kept a file; the run's Workflow goes into a database."),
            "c": _("an old database refuses the Workflow, before there is any Pod."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "02-1",
        "value",
        _final_output,
        (
            _("What has to be uploaded again for other arguments, and which step comes last?"),
            _("client.run_pipeline with other params gives a new run; show prints its outputs."),
            _(
                "again = client.run_pipeline(experiment.id, job_name='10 and 4', "
                "pipeline_id=pipeline_id, params={'value_1': 10, ...}), then watch and show"
            ),
        ),
    ),
    Exercise(
        "02-2",
        "workflow",
        _product_minus_sum,
        (
            _("Which two steps can start at once, and which needs the results of both?"),
            _("A call of a component makes a step; its .output goes into another call."),
            _("total = add_op(...), product = multiply_op(...), subtract_op(product.output, ...)"),
        ),
        Trial(PRODUCTS_MINUS_SUMS, step_outputs("subtract")),
    ),
    Exercise(
        "02-3",
        "value",
        _ports,
        (
            _("Which of the two ports is on your machine, and which belongs to the service?"),
            _("kubectl port-forward takes HERE:THERE; in 8080:80 the 80 is the service's."),
            _("ports = '9000:...'"),
        ),
    ),
    Exercise(
        "02-4",
        "value",
        _carriers,
        (
            _("Of what a file says about a function, how much does the compiler copy?"),
            _("program(name) is the text that runs; text.isascii() is False if there is Korean."),
            _("sorted(name for name in ('add', ...) if not program(name).isascii())"),
        ),
    ),
    Exercise(
        "02-quiz",
        "value",
        quiz(QUIZ),
        (
            _("What has the server, what has your machine, and what goes between the two?"),
            _("See the sections Upload it, The dashboard of a cluster, Korean text in the code."),
            _("1: a copy stays as it was. 2: a window, closed. 3: error 1366 came at the run."),
        ),
    ),
)
