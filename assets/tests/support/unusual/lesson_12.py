"""Unusual answers to lesson 12, right and wrong.

Without `from __future__ import annotations`: kfp takes the hints as they are.
"""

from kfp.components import create_component_from_func, load_component_from_text
from kfp.dsl import pipeline
from tests.support.answers.answers_12 import ACCESS, DOORS, access, prices, total

SAY = """\
name: Say
inputs: [{name: amount}]
implementation:
  container: {image: 'alpine:3.20', command: [echo], args: ['to pay:', {inputValue: amount}]}
"""
prices_op, total_op = (
    create_component_from_func(function, base_image="python:3.11") for function in (prices, total)
)
say_op = load_component_from_text(SAY)


def by_formula(prices: str, count: int) -> int:
    return 3 * count * (count + 1) // 2


by_formula_op = create_component_from_func(by_formula, base_image="python:3.11")
by_formula_op.component_spec.name = "Total"


@pipeline(name="till")
def tries_again(count: int):
    listed = prices_op(count).set_retry(2)
    say_op(total_op(listed.output).set_retry(2).output).set_retry(2)


@pipeline(name="till")
def says_the_count(count: int):
    say_op(count).after(total_op(prices_op(count).output))


@pipeline(name="till")
def says_a_constant(count: int):
    say_op("30").after(total_op(prices_op(count).output))


@pipeline(name="till")
def says_the_prices(count: int):
    listed = prices_op(count)
    say_op(listed.output).after(total_op(listed.output))


@pipeline(name="till")
def says_nothing(count: int):
    silent = load_component_from_text(SAY.replace("{inputValue: amount}", "'a lot'"))
    silent(total_op(prices_op(count).output).output)


@pipeline(name="till")
def adds_up_what_it_likes(count: int):
    say_op(by_formula_op("3", count).after(prices_op(count)).output)


UI = "svc/ml-pipeline-ui 8900:80"

ALSO_RIGHT = {
    "12-1": [{letter: door.title() for letter, door in DOORS.items()}],
    "12-2": [
        f"kubectl -n ml port-forward {UI}",
        f"kubectl port-forward -nml {UI}",
        f"kubectl port-forward --address localhost -n ml {UI}",
        f"kubectl --namespace=ml port-forward --address=127.0.0.1,::1 {UI} &",
        f"kubectl port-forward {UI} --namespace ml --address 0.0.0.0",
        "kubectl port-forward -n ml deployment/ml-pipeline-ui 8900:3000",
        "kubectl -n=ml port-forward deploy/ml-pipeline-ui 8900:3000 --pod-running-timeout=1m0s",
        "kubectl port-forward -n ml service/ml-pipeline-ui 8900:http 8901:80",
        f"$ kubectl port-forward -n ml {UI}",
        f"!kubectl port-forward -n ml {UI}",
        f"nohup kubectl -n ml port-forward {UI} >/dev/null 2>&1 &",
        f"minikube kubectl -- port-forward -n ml {UI}",
        "kubectl --context kind-kind port-forward -n ml  services/ml-pipeline-ui  8900:80",
    ],
    "12-3": [
        access("a", host="http://127.0.0.1:3000"),
        access("b", host="http://127.0.0.1:8080/pipeline/", credentials="Cookies"),
        access("a", host="HTTP://LocalHost:3000/", namespace=None),
        {letter.upper(): one for letter, one in access("c", credentials="Token File").items()},
    ],
    "12-5": [tries_again],
}

WRONG = {
    "12-2": [
        (
            lambda: "kubectl -n ml port-forward deployment/ml-pipeline-ui 8900:80",
            "Name the service",
        ),
        (lambda: "kubectl -n ml port-forward svc/ml-pipeline-ui 8900:3000", "ports are 8900:3000"),
        (lambda: f"kubectl -n ml port-forward --address 10.0.0.5 {UI}", "not at localhost"),
        (lambda: f"kubectl port-forward -n kubeflow {UI} --namespace=kubeflow", "in another"),
        (lambda: "kubectl -n ml port-forward deploy/ml-pipeline 8900:8888", "the API alone"),
        (lambda: f"kubectl -n ML port-forward {UI}", "in the namespace ML"),
        (lambda: f"minikube port-forward -n ml {UI}", "asked for is kubectl port-forward"),
        (lambda: f"kubectl -n ml forward {UI}", "asked for is kubectl port-forward"),
    ],
    "12-3": [
        (lambda: access("a", host="http://127.0.0.1:8080"), "http://localhost:HERE"),
        (lambda: access("b", host="http://127.0.0.1:8080/"), "Pipelines has a path of its own"),
        (lambda: access("a", host="http://localhost.example:3000"), "http://localhost:HERE"),
        (lambda: ACCESS | {"c": ACCESS["a"]}, "leaves out the token"),
    ],
    "12-5": [
        (lambda: says_the_count, "say waits for total and takes no output of it"),
        (lambda: says_a_constant, "say waits for total and takes no output of it"),
        (lambda: says_the_prices, "takes no output of it"),
        (lambda: says_nothing, "it should say the total, 30"),
        (lambda: adds_up_what_it_likes, "total waits for prices and takes no output of it"),
    ],
}
