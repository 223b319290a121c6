"""What a judge of components asks of one before it runs it."""

# Without `from __future__ import annotations`: kfp takes the hints as they are.

import pytest
import yaml
from kfp.components import create_component_from_func
from workbook.exercises.judges.components import is_stub


def ellipsis_alone(text: str) -> str: ...


def a_docstring(text: str) -> str:
    """What it is to do."""
    ...


def a_pass(text: str) -> str:
    pass


def a_constant(text: str) -> str:
    return "x"


def a_statement_too(text: str) -> str:
    """What it is to do."""
    print(text)


def a_function_inside(text: str) -> str:
    def inner() -> str: ...

    return inner()


@pytest.mark.parametrize(
    ("function", "stub"),
    [
        (ellipsis_alone, True),
        (a_docstring, True),
        (a_pass, True),
        (a_constant, False),
        (a_statement_too, False),
        (a_function_inside, False),
    ],
)
def test_a_function_with_nothing_in_it_is_a_stub(function, stub):
    component = create_component_from_func(function).component_spec.to_dict()
    assert is_stub(yaml.safe_load(yaml.safe_dump(component))) == stub


@pytest.mark.parametrize(
    "command",
    [[], ["sh", "-c", "echo"], ["python3", "-c", "def f("], ["cat", {"inputValue": "text"}]],
)
def test_what_is_no_function_of_python_is_no_stub(command):
    assert not is_stub({"implementation": {"container": {"image": "x", "command": command}}})
