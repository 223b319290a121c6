"""localkfp.expressions: the language of antonmedv/expr at v1.9, as Argo 3.3.8 uses it."""

from __future__ import annotations

import pytest
from localkfp.expressions.expr import evaluate, evaluate_bool
from localkfp.expressions.expr_functions import surroundings
from localkfp.expressions.expr_tokens import ExprError
from localkfp.expressions.expr_values import printed
from localkfp.workflow.model import substitute

SCOPE = {
    "inputs.parameters.x": "abc",
    "inputs.parameters.n": "41",
    "tasks.a-b.outputs.parameters.o": '{"k": [1, {"z": "deep"}]}',
    "item": "whole",
    "item.key": "value",
}

VALUES = [  # as `%v` prints them
    ("1 + 1", "2"),
    ("7 / 2", "3.5"),
    ("6 / 2", "3"),
    ("-7 % 3", "-1"),
    ("2 ** 3 ** 2", "512"),
    ("2 + 3 * 4 - 1", "13"),
    ("-2 ** 2", "4"),
    ("10 ** 21", "1e+21"),
    ("1.0 / 3", "0.3333333333333333"),
    ("1 / 0", "+Inf"),
    ("0x10 + 1_000", "1016"),
    ("9223372036854775807 + 1", "-9223372036854775808"),
    ("'a' + \"b\" + `c`", "abc"),
    (r"'it\'s \u00e9'", "it's é"),
    ("not true or false", "false"),
    ("!(1 == 2) && 'a' < 'b'", "true"),
    ("1 == 1.0", "true"),
    ("'1' == 1", "false"),
    ("nil == nope", "true"),
    ("2 in [1, 2]", "true"),
    ("3 not in [1, 2]", "true"),
    ("'a' in {a: 1}", "true"),
    ("'hello' matches '^h.*o$'", "true"),
    ("'hello' contains 'ell' and 'hello' startsWith 'he'", "true"),
    ("'hello' endsWith 'lo' ? 'yes' : 'no'", "yes"),
    ("true ? 1 : false ? 2 : 3", "1"),
    ("[1, 'a', true, nil]", "[1 a true <nil>]"),
    ("{b: 1, 'a': [2]}", "map[a:[2] b:1]"),
    ("[1, 2, 3][1]", "2"),
    ("[1, 2, 3, 4][1:3]", "[2 3]"),
    ("1..4", "[1 2 3 4]"),
    ("len('abc') + len([1])", "4"),
    ("map(1..3, {# * 2})", "[2 4 6]"),
    ("filter([{n: 1}, {n: 5}], {.n > 2})", "[map[n:5]]"),
    ("all([1, 2], {# > 0}) and none([1], {# > 1}) and any([1, 2], {# > 1})", "true"),
    ("count([1, 2, 3], {# > 1})", "2"),
    ("one([1, 2], {# == 2})", "true"),
    ("inputs.parameters.x", "abc"),
    ("inputs['parameters']['x']", "abc"),
    ("nope?.there", "<nil>"),
    ("asInt(inputs.parameters.n) + 1", "42"),
    ("asFloat('1.5') * 2", "3"),
    ("string(1.0) + string(true)", "1true"),
    ("toJson([1, {a: 'é'}])", '[1,{"a":"é"}]'),
    ("jsonpath(tasks['a-b'].outputs.parameters.o, '$.k[1].z')", "deep"),
    ("sprig.upper(inputs.parameters.x)", "ABC"),
    ("sprig.replace('a', 'b', 'banana')", "bbnbnb"),
    ("sprig.default('x', '')", "x"),
    ("sprig.int('07') + sprig.add(1, '2')", "10"),
    ("sprig.join('-', sprig.splitList(',', 'a,b'))", "a-b"),
    ("sprig.fromJson('{\"a\": 1}').a", "1"),
    ("item.key", "value"),
]


@pytest.mark.parametrize(("source", "expected"), VALUES, ids=[source for source, _ in VALUES])
def test_values(source, expected):
    assert printed(evaluate(source, surroundings(SCOPE))) == expected


WRONG = [
    ("1 +", "unexpected token EOF (1:4)\n | 1 +\n | ...^"),
    ("a &&", "unexpected token EOF (1:4)\n | a &&\n | ...^"),  # as the record a72_depends_bad
    ("1+(", "unexpected token EOF (1:4)\n | 1+(\n | ...^"),
    ("a b", 'unexpected token Identifier("b") (1:3)\n | a b\n | ..^'),
    ("a ~ b", "unrecognized character: U+007E '~' (1:3)\n | a ~ b\n | ..^"),
    ("'open", "literal not terminated (1:1)\n | 'open\n | ^"),
    (".x", "cannot use pointer accessor outside closure (1:1)\n | .x\n | ^"),
    ("nope.there", "cannot fetch there from nil"),
    ("'a' + 1", "invalid operation: string + int"),
    ("'a' < 1", "invalid operation: string < int"),
    ("1 && true", "interface conversion: interface {} is int, not bool"),
    ("5 % 0", "runtime error: integer divide by zero"),
    ("[1][2]", "index out of range: 2 (array length is 1)"),
    ("'a' matches '('", "error parsing regexp: missing ): ("),
    ("nope()", "reflect: call of Call on zero Value"),
    ("asInt('x')", 'strconv.ParseInt: parsing "x": invalid syntax'),
]


@pytest.mark.parametrize(("source", "said"), WRONG, ids=[source for source, _ in WRONG])
def test_what_has_no_value(source, said):
    with pytest.raises(ExprError) as caught:
        evaluate(source, surroundings({}))
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "bomb",
    [
        "1..1000000000",
        "map(1..50000, {map(1..50000, {#})})",
        "sprig.repeat(1000000000, 'a')",
        "(" * 5000 + "1" + ")" * 5000,
        "'" + "a" * 600_000 + "' + '" + "a" * 600_000 + "'",
    ],
    ids=["range", "nested", "repeat", "deep", "long"],
)
def test_no_expression_stops_a_server(bomb):
    with pytest.raises(ExprError):
        evaluate(bomb, surroundings({}))


def test_a_condition_must_be_one():
    assert evaluate_bool("1 < 2", {})
    with pytest.raises(ExprError, match="unable to cast expression result '2' to bool"):
        evaluate_bool("1 + 1", {})
    with pytest.raises(ExprError, match=r"^unable to evaluate expression '1 \+': unexpected token"):
        evaluate_bool("1 +", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{=1+1}} {{inputs.parameters.x}}", "2 abc"),
        ("{{=inputs.parameters.x}}{{=sprig.upper(inputs.parameters.x)}}", "abcABC"),
        ("{{=1+(}}", "{{=1+(}}"),  # the record a15_expr_bad_syntax
        ("{{=nope.nope}}", "{{=nope.nope}}"),  # the record a16_expr_unknown
        ("{{=nope}} {{nope}}", "{{=nope}} {{nope}}"),
        ("{{=sprig.int(retries)}}", "{{=sprig.int(retries)}}"),
        ("{{='{' + '{item}' + '}'}}", "{{item}}"),
    ],
)
def test_expressions_in_a_text(text, expected):
    assert substitute(text, SCOPE) == expected
