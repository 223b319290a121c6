"""Wrong answers that learners give in lesson 12, and what the finding must say of each.

No `from __future__ import annotations`: kfp can't read annotations that are texts.
"""

from copy import deepcopy

from kfp.components import create_component_from_func, load_component_from_text
from kfp.dsl import pipeline

DOORS = {"a": "localkfp", "b": "address", "c": "notebook server", "d": "localkfp", "e": "address"}

ACCESS = {
    "a": {"host": "http://localhost:3000", "namespace": "", "credentials": "none"},
    "b": {
        "host": "http://localhost:8080/pipeline",
        "namespace": "kubeflow-user-example-com",
        "credentials": "cookies",
    },
    "c": {"host": "", "namespace": "team-blue", "credentials": "token file"},
}


def access(letter, **changed):
    answer = deepcopy(ACCESS)
    answer[letter].update(changed)
    return answer


RUN = "retry-random-failures-p9snt"
FIRST, LAST = {"print-msg": f"{RUN}-3292940923"}, {"print-msg-2": f"{RUN}-1189960944"}
TRY, RETRY = {"random-failure(0)": f"{RUN}-310421839"}, {"random-failure": f"{RUN}-3193641316"}


# ---- 12-5 ----------------------------------------------------------------------------------------


def prices(count: int) -> str:
    return ",".join(str(3 * number) for number in range(1, count + 1))


def prices_in_korean(count: int) -> str:
    """가격"""
    return ",".join(str(3 * number) for number in range(1, count + 1))


def prices_one_short(count: int) -> str:
    return ",".join(str(3 * number) for number in range(1, count))


def total(prices: str) -> int:
    return sum(int(price) for price in prices.split(",") if price)


def till(function=prices, python="python:3.11", alpine="alpine:3.20", command="command: [echo], "):
    prices_op = create_component_from_func(function, base_image=python)
    prices_op.component_spec.name = "Prices"
    total_op = create_component_from_func(total, base_image="python:3.11")
    say_op = load_component_from_text(
        "name: Say\ninputs: [{name: amount}]\nimplementation:\n  container: "
        f"{{image: '{alpine}', {command}args: [to pay, {{inputValue: amount}}]}}\n"
    )

    @pipeline(name="till")
    def till(count: int):
        say_op(total_op(prices_op(count).output).output)

    return till


WRONG = {
    "12-1": [
        (lambda: DOORS | {"a": "address"}, "neither host nor variable says so"),
        (lambda: DOORS | {"b": "localkfp"}, "whether it answers comes later"),
        (lambda: DOORS | {"d": "notebook server"}, "would answer 403"),
        (lambda: DOORS | {"e": "notebook server"}, "that rule comes first"),
        (lambda: DOORS | {"c": "cluster"}, "has the choices address, localkfp, notebook server"),
    ],
    "12-2": [
        (lambda: "kubectl port-forward -n ml svc/ml-pipeline 8900:8888", "the API alone"),
        (lambda: "kubectl port-forward -n ml svc/ml-pipeline-ui 80:8900", "it is HERE:THERE"),
        (lambda: "kubectl port-forward svc/ml-pipeline-ui 8900:80", "since none is named"),
        (
            lambda: "kubectl port-forward -n kubeflow svc/ml-pipeline-ui 8900:80",
            "the namespace kubeflow",
        ),
        (lambda: "kubectl port-forward --namespace=ml svc/ml-pipeline-ui 8900", "ports are 8900"),
        (lambda: "kubectl port-forward -n ml ml-pipeline-ui 8900:80", "would be a Pod's name"),
        (lambda: "kubectl port-forward -n ml svc/mysql 8900:80", "neither dashboard nor API"),
        (lambda: "kubectl port-forward -n ml svc/ml-pipeline-ui", "come the service and HERE"),
        (
            lambda: "while true; do kubectl port-forward -n ml svc/ml-pipeline-ui 8900:80; done",
            "no loop",
        ),
        (lambda: "kubectl port-forward 'ml", "a shell can't read it"),
    ],
    "12-3": [
        (lambda: access("a", namespace="kubeflow"), "kubeflow is where it is installed"),
        (lambda: access("a", host="http://localhost:80"), "http://localhost:HERE"),
        (lambda: access("b", host="http://localhost:8080"), "Pipelines has a path of its own"),
        (lambda: access("b", credentials="none"), "as in a browser"),
        (lambda: access("b", namespace="user@example.com"), "runs belong to a profile"),
        (lambda: access("c", host="http://ml-pipeline.kubeflow:8888"), "leaves out the token"),
        (lambda: access("c", namespace="lab"), "in which the server is"),
        (lambda: access("c", credentials="password"), "one of none, cookies, token file"),
        (lambda: {"a": ACCESS["a"]}, "a dict with a, b and c"),
        (lambda: ACCESS | {"b": "http://localhost:8080"}, "for b you gave"),
    ],
    "12-4": [
        (lambda: FIRST | TRY | LAST | RETRY | {RUN: RUN}, "two of the five nodes have no Pod"),
        (lambda: FIRST | TRY | LAST | RETRY, "each try is a Pod"),
        (lambda: FIRST | RETRY | LAST, "its try has one"),
        (lambda: {pod: name for name, pod in (FIRST | TRY | LAST).items()}, "wrong way round"),
        (lambda: FIRST, "asked for are the nodes of type Pod"),
        (lambda: list(FIRST | TRY | LAST), "asked for is dict"),
    ],
    "12-5": [
        (lambda: till(command=""), "say has no command"),
        (lambda: till(alpine="alpine"), "'alpine', without a tag"),
        (lambda: till(alpine="alpine:latest"), "'alpine:latest', without a tag"),
        (lambda: till(python=None), "the image python:3.7: kfp's old default"),
        (lambda: till(prices_in_korean), "the program of prices isn't ASCII"),
        (lambda: till(prices_one_short), "prices gives 3,6,9; it should give 3,6,9,12"),
    ],
    "12-quiz": [
        (lambda: {1: "c", 2: "c", 3: "a"}, "the token file is there"),
        (lambda: {1: "b", 2: "a", 3: "a"}, "the workflow-controller runs it"),
        (lambda: {1: "b", 2: "c", 3: "b"}, "made no Pod"),
    ],
}
