"""localkfp.workflow.reading: YAML and JSON as Go reads them, and its words for what doesn't fit."""

from __future__ import annotations

import pytest
import yaml
from localkfp.errors import Refused, WorkflowError
from localkfp.workflow.load import load
from localkfp.workflow.reading import gojson
from localkfp.workflow.reading import yaml as reader
from localkfp.workflow.reading.decode import Misfit, decode
from localkfp.workflow.reading.json_text import NoJson, parse_json
from localkfp.workflow.text import check_request
from tests.support.workflows import pod, workflow

# gopkg.in/yaml.v2, resolve.go; record a118_yaml11
WORDS = [
    ("y", True), ("yes", True), ("On", True), ("n", False), ("off", False), ("yEs", "yEs"),
    ("~", None), ("null", None), ("", None), ("010", 8), ("0o7", 7), ("0x10", 16), ("0b11", 3),
    ("-010", -8), ("1_000", 1000), ("1e3", 1000.0), ("1.10", 1.1), (".5", 0.5), ("5.", 5.0),
    ("123456789012345678901", 1.2345678901234568e20), ("2024-01-01", "2024-01-01"),
    ("12:30:00", "12:30:00"), ("08", 8.0), ("1.2.3", "1.2.3"), ("+5", 5), ("'5'", "5"),
    ("!!str 5", "5"), ("!!float 5", 5.0), ("<<", "<<"), ("=", "="),
]  # fmt: skip


@pytest.mark.parametrize(("word", "value"), WORDS)
def test_a_word_is_what_go_takes_it_for(word, value):
    found = reader.parse(f"[{word}]" if word else "[~]")[0]
    assert (found, type(found)) == (value, type(value))


YAML = {
    "an alias": ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
    "a merge key": (
        "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}",
        {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}},
    ),
    "merge keys": (
        "a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}",
        {"a": {"p": 1}, "b": {"p": 2, "q": 2}, "c": {"p": 1, "q": 2}},
    ),
    "a key twice": ("a: 1\na: 2", {"a": 2}),
    "a second document": ("a: 1\n---\nb: [", {"a": 1}),
    "markers": ("---\na: 1\n...\n", {"a": 1}),
    "keys that are no texts": ("y: 1\n2: 2\n1.5: 3", {"true": 1, "2": 2, "1.5": 3}),
    "nothing": ("", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), YAML.values(), ids=YAML)
def test_yaml_is_read_as_go_reads_it(text, value):
    assert reader.parse(text) == value


@pytest.mark.parametrize("text", ["a: [", "a: *x", "? [1]\n: 2", "a: .nan", "\ta: 1", "a: !!int x"])
def test_what_is_no_yaml_is_an_error(text):
    with pytest.raises(yaml.YAMLError):
        reader.parse(text)


@pytest.mark.parametrize(
    ("number", "json", "plain", "general"),
    [
        (1.0, "1", "1", "1"),
        (1e-05, "0.00001", "0.00001", "1e-05"),
        (1e-07, "1e-7", "0.0000001", "1e-07"),
        (1e21, "1e+21", "1000000000000000000000", "1e+21"),
        (1000000.0, "1000000", "1000000", "1e+06"),
        (1.1, "1.1", "1.1", "1.1"),
        (-0.0, "-0", "-0", "-0"),
        (3.14159265358979, "3.14159265358979", "3.14159265358979", "3.1415927"),
        (7, "7", "7", "7"),
    ],
)
def test_a_number_is_written_as_go_writes_it(number, json, plain, general):
    """encoding/json; strconv 'f'; strconv 'g' with 32 bits. Record c34_items_numbers_upload."""
    assert (gojson.number(number), gojson.plain(number), gojson.general(number)) == (
        json,
        plain,
        general,
    )


@pytest.mark.parametrize(
    ("text", "quoted"),
    [('a"b\\', '"a\\"b\\\\"'), ("<&>", '"\\u003c\\u0026\\u003e"'), ("한\n", '"한\\n"')],
)
def test_a_text_is_written_as_go_writes_it(text, quoted):
    assert gojson.text(text) == quoted


def template(**fields):
    return {"spec": {"templates": [fields]}}


QUANTITY = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
# what doesn't fit: as it is read from YAML, as it comes with the request for a run
MISFITS = {
    "a text for a list": (  # record a69_wrong_type_args
        template(container={"args": "x"}),
        "json: cannot unmarshal string into Go struct field "
        "Container.spec.templates.container.args of type []string",
        "json: cannot unmarshal string into Go struct field "
        "Container.Workflow.spec.templates.container.args of type []string",
    ),
    "a number for a text": (
        template(container={"image": 3}),
        None,
        "json: cannot unmarshal number into Go struct field "
        "Container.Workflow.spec.templates.container.image of type string",
    ),
    "a fraction for a whole number": (  # record c13_retry_backoff
        template(retryStrategy={"backoff": {"factor": 2.5}}),
        "json: cannot unmarshal number 2.5 into Go struct field "
        "Backoff.spec.templates.retryStrategy.backoff.factor of type int32",
        "json: cannot unmarshal number 2.5 into Go struct field "
        "Backoff.Workflow.spec.templates.retryStrategy.backoff.factor of type int32",
    ),
    "a list of another kind": (
        template(dag={"tasks": {"a": 1}}),
        "json: cannot unmarshal object into Go struct field "
        "DAGTemplate.spec.templates.dag.tasks of type []v1alpha1.DAGTask",
        "json: cannot unmarshal object into Go struct field "
        "DAGTemplate.Workflow.spec.templates.dag.tasks of type []v1alpha1.DAGTask",
    ),
    "a field of an embedded struct": (
        template(initContainers=[{"name": "i", "args": 1}]),
        "json: cannot unmarshal number into Go struct field "
        "UserContainer.spec.templates.initContainers.Container.args of type []string",
        "json: cannot unmarshal number into Go struct field "
        "UserContainer.Workflow.spec.templates.initContainers.Container.args of type []string",
    ),
    "a label that is a list": (
        template(metadata={"labels": {"a": []}}),
        "json: cannot unmarshal array into Go struct field "
        "Metadata.spec.templates.metadata.labels of type string",
        "json: cannot unmarshal array into Go struct field "
        "Metadata.Workflow.spec.templates.metadata.labels of type string",
    ),
    "a quantity": (  # record a46_bad_quantity_unit
        template(container={"resources": {"limits": {"memory": "100MB"}}}),
        QUANTITY,
        QUANTITY,
    ),
    "a deadline that is a mapping": (
        template(activeDeadlineSeconds={}),
        "json: cannot unmarshal object into Go value of type int32",
        "json: cannot unmarshal object into Go value of type int32",
    ),
}


@pytest.mark.parametrize(("value", "of_yaml", "of_json"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_refused_in_the_words_of_go(value, of_yaml, of_json):
    assert [_refusal(value, yaml=True), _refusal(value, yaml=False)] == [of_yaml, of_json]


def _refusal(value, yaml):
    try:
        decode(value, yaml)
    except Misfit as error:
        return str(error)
    return None


def test_letters_of_a_number_are_told_as_they_were_written():
    text = '{"spec": {"templates": [{"retryStrategy": {"backoff": {"factor": 2.0}}}]}}'
    with pytest.raises(Misfit, match=r"number 2\.0 into"):
        decode(parse_json(text), yaml=False)


def test_a_field_is_known_by_its_name_in_any_case_and_null_is_none():
    found = decode(template(Container={"IMAGE": "x", "args": None, "nope": 1}), yaml=True)
    assert found == template(container={"image": "x"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1", "invalid character 'a' looking for beginning of value"),  # a102_bad_yaml
        ("", "unexpected end of JSON input"),
        ("{} x", "invalid character 'x' after top-level value"),
        ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
        ("[NaN]", "invalid character 'N' looking for beginning of value"),
    ],
)
def test_what_is_no_json_is_refused_in_the_words_of_go(text, words):
    with pytest.raises(NoJson) as refused:
        parse_json(text)
    assert str(refused.value) == words


def test_a_request_with_another_text_than_json_is_refused():
    with pytest.raises(Refused) as refused:
        check_request("a: 1")
    assert str(refused.value) == (
        "InvalidInputError: Invalid argo workflow format. Workflow: a: 1: invalid character 'a' "
        "looking for beginning of value"
    )


HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"
FORMAT = "InvalidInputError: unknown template format: pipeline spec is invalid"
TEXTS = {  # records a97 to a103, a117
    "not UTF-8": (b"kind: \xff", FORMAT),
    "broken YAML": ("a: [", FORMAT),
    "a list": ("[]", FORMAT),
    "nothing": ("", FORMAT),
    "another kind": ("apiVersion: v1\nkind: Pod\n", FORMAT),
    "kfp 2": ("components: {}\nschemaVersion: 2.1.0\n", FORMAT),
    "another version": (  # record a96_api_version
        HEAD.replace("v1alpha1", "v1"),
        "Invalid input error: Unsupported argo version. Expected: argoproj.io/v1alpha1. Received: "
        "argoproj.io/v1",
    ),
    "a spec that is a list": (
        HEAD + "spec: []",
        "InvalidInputError: Failed to parse the workflow template.: error unmarshaling JSON: while "
        "decoding JSON: json: cannot unmarshal array into Go struct field Workflow.spec of type "
        "v1alpha1.WorkflowSpec",
    ),
}


@pytest.mark.parametrize(("text", "words"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_is_no_workflow_is_refused(text, words):
    with pytest.raises(Refused) as refused:
        load(text)
    assert refused.value.words == words


def test_aliases_of_kfp_are_taken_and_bombs_are_not():
    """Record a114_kfp_alias."""
    mapping = workflow(pod())
    mapping["spec"]["templates"].append({**mapping["spec"]["templates"][0], "name": "other"})
    text = yaml.safe_dump(mapping)
    assert "&id" in text
    assert load(text).templates.keys() == {"pod", "other"}
    laughs = (
        HEAD
        + "a0: &a0 [x]\n"
        + "".join(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]\n" for i in range(9))
    )
    with pytest.raises(WorkflowError, match="more than 500,000 values"):
        load(laughs)
