"""localkfp.engine.when: the expression of `when`, as Argo has govaluate decide it.

Sources: `shouldExecute` in workflow/controller/steps.go of Argo Workflows v3.3.8, and parsing.go,
stagePlanner.go and evaluationStage.go of govaluate.
"""

from __future__ import annotations

import re

import pytest
from localkfp.engine.when import holds
from localkfp.errors import WorkflowError

TRUE = [
    "",  # shouldExecute: no expression is no condition
    "true",
    " true ",
    '"heads" == "heads"',
    "'heads' == \"heads\"",
    "'a\" == \"a'",  # isNotQuote: a text ends at either quote
    '"a" != "b"',
    '"" == ""',
    '"가 나" == "가 나"',
    '"a\nb" == "a\nb"',
    r'"a\"b" == "a\"b"',
    r'"\a" == "a"',  # a backslash stands for the character after it
    r'"\\" != "a"',
    '"{{tasks.a.outputs.parameters.x}}" != "a"',
    # shouldExecute: a bare word is a text
    "heads == heads",
    'heads == "heads"',
    "가 == 가",
    "b > a",
    "True == True",
    "a_1 == a_1",
    # numbers
    "10 > 9",
    "2 >= 2",
    "1 < 2",
    "2 <= 2",
    "1.50 == 1.5",
    ".5 < 1.",
    "-1 > -2",
    "-1 < 1",
    "1>0",
    # evaluationStage.go: == of two kinds is false, and nothing worse
    '"1" != 1',
    "true != 1",
    "1 != 1 == false",  # of one precedence: from the left
    # texts are ordered as texts
    '"9" > "10"',
    # =~ looks for a match anywhere
    '"heads" =~ "ea"',
    '"heads" =~ "^h.*s$"',
    '"heads" !~ "^ea"',
    # parsing.go, tryParseTime: dates are compared as moments
    "'2021-05-01' == '2021-05-01 00:00'",
    "'2021-05-01 08:30:00+09:00' == '2021-04-30T23:30:00Z'",
    "'2021-05-01T08:30+0900' < '2021-05-01T00Z'",
    "'2021-05-01 08:30:00+05:30' == '2021-05-01T03:00:00Z'",
    "'2021-05-01 08:30:00-13:45' == '2021-05-01T22:15:00Z'",
    "'2021-05-02' > '2021-05-01T23:59:59.5Z'",
    "'2021-12-31' < '2022-01-01' && '2021-05-01' != '2021-05-02'",
    # what is no date is a text
    "'2021-02-30' != '2021-02-30 00:00'",
    "'2021-05-01T08:30' == '2021-05-01T08:30' && '2021-5-1' < '2021-5-2'",
    # && before ||; brackets before both
    "true || true && false",
    "false && true || true",
    "(true || true) && true",
    "((1 > 0))",
    "(1 > 2) == false",
    "true && (false || true)",
    "1 > 0 && 2 > 1 && 3 > 2",
    "!false",
    "!(1 > 2)",
    "! false == true",
    "!false && !false",
    # what can't change the result isn't evaluated
    "true || 1 > a",
    "!(false && 1 > a)",
    # arithmetic, lists and what there is besides
    "1 + 1 == 2",
    "2 ** 3 - 1 == 7",
    "7 % 4 == 3 && 6 / 4 == 1.5",
    "1 + 2 * 3 == 7",
    "10 - 4 - 3 == 3",
    "5-1 == 4",
    "1 << 3 == 8 && (6 & 3) == 2 && (6 | 1) == 7 && (6 ^ 3) == 5",
    "a + 1 == 'a1'",
    "'a' in ('a','b')",  # the record a34_when_word
    "3 in (1, 2, 3)",
    "!('c' in ('a','b'))",
    "true ? true : false",
    "(1 > 2 ? 1 : 2) == 2",
    "[a b] == 'a b'",
    "~1 == -2",
]
FALSE = [
    "false",
    '"heads" == "tails"',
    '"heads" == "Heads"',
    '"heads" == " heads"',
    '"1.0" == "1"',
    '"1" == 1',
    "true == 1",
    "heads != heads",
    "true == true == false",
    "5 > 5",
    "2 > 10",
    '"10" > "9"',
    "-2 > -1",
    '"heads" =~ "tails"',
    '"heads" !~ "h"',
    "(true || true) && false",
    "true && false || false",
    "false || false",
    "!true",
    "!(1 > 0) || false",
    "false && 1 > a",
]
NUMBER = "it is not a number"
HINT = r" \(hint: try wrapping the affected expression in quotes \(\"\)\)$"


def words(order):
    return re.escape(f"Cannot transition token types from {order}")


REFUSED = {
    # shouldExecute: what is no expression, or none that gives a bool
    "   ": "Invalid 'when' expression '   ': Unexpected end of expression",
    "heads": "Expected boolean evaluation for 'heads'. Got heads",
    "'false'": "Expected boolean evaluation for ''false''. Got false",
    "1": "Expected boolean evaluation for '1'. Got 1",
    "-1.5": "Expected boolean evaluation for '-1.5'. Got -1.5",
    "{{tasks.a.outputs.parameters.x}} > 5": f"Invalid token: '{{{{'{HINT}",
    "{{inputs.parameters.n}} == 1": f"Invalid token: '{{{{'{HINT}",
    "5 = 5": f"Invalid token: '='{HINT}",
    "5>-1": f"Invalid token: '>-'{HINT}",
    "_a == _a": f"Invalid token: '_'{HINT}",
    "1 + 1": r"Expected boolean evaluation for '1 \+ 1'. Got 2",  # the record a31_when_not_bool
    "5 ! 1": f"Invalid token: '!'{HINT}",
    # parsing.go
    '"heads': "Unclosed string literal",
    'heads == "heads': "Unclosed string literal",
    'a "b" c': words("VARIABLE [a] to STRING [b]"),
    '"it\'s" == "it\'s"': words("STRING [it] to VARIABLE [s]"),
    "(1 > 0": "Unbalanced parenthesis",
    "1 > 0)": "Unbalanced parenthesis",
    ")1 > 0(": words("UNKNOWN [<nil>] to CLAUSE_CLOSE [41]"),
    "()": "Expected boolean evaluation for '\\(\\)'. Got <nil>",
    "1.2.3 > 1": "Unable to parse numeric value '1.2.3' to float64",
    "'2021-05-01' < '2021-5-2'": NUMBER,
    "'2021-05-01' =~ '2021'": "it is not a number",
    "1e-05 > 0": words("NUMERIC [1] to VARIABLE [e]"),
    "1 >": "Unexpected end of expression",
    "> 1": words("UNKNOWN [<nil>] to COMPARATOR [>]"),
    "1 > > 2": words("COMPARATOR [>] to COMPARATOR [>]"),
    "true false": words("BOOLEAN [true] to BOOLEAN [false]"),
    "true &&": "Unexpected end of expression",
    "a in b": f"Value 'b' cannot be used with the comparator 'in', {NUMBER}",
    "f(1)": "Undefined function f",
    "data.csv == a": "Unable to access unexported field 'csv' in token 'data.csv'",
    "a.B == 1": "Failed to evaluate .*No parameter 'a' found.",
    "a. == 1": "Hanging accessor on token 'a.'",
    "[a == 1": "Unclosed parameter bracket",
    "1 2": words("NUMERIC [1] to NUMERIC [2]"),
    " == yes": words("UNKNOWN [<nil>] to COMPARATOR [==]"),  # the record a32_when_blank_value
    # the record d89_condition_korean
    "한글 두 단어 > 3": words("VARIABLE [한글] to VARIABLE [두]"),
    "1234567 ** 1": "Got 1.234567e\\+06",
    "true + 1 == 2": f"Value 'true' cannot be used with the modifier '\\+', {NUMBER}",
    "1 ? 2 : 3": "Value '1' cannot be used with the ternary operator",
    # evaluationStage.go: the kinds that a symbol takes
    "many > 5": f"Value 'many' cannot be used with the comparator '>', {NUMBER}",
    '"10" > 9': f"Value '10' cannot be used with the comparator '>', {NUMBER}",
    "5 > many": f"Value '5' cannot be used with the comparator '>', {NUMBER}",
    "true > false": f"Value 'true' cannot be used with the comparator '>', {NUMBER}",
    "1 > 2 > 3": f"Value 'false' cannot be used with the comparator '>', {NUMBER}",
    '1 =~ "1"': f"Value '1' cannot be used with the comparator '=~', {NUMBER}",
    '"a" =~ "(?=a)"': "error parsing regexp: invalid perl operator",  # Go has no look-ahead
    "1 =~ 1": f"Value '1' cannot be used with the comparator '=~', {NUMBER}",
    '"a" =~ "["': "Invalid 'when' expression",
    "a || true": "Value 'a' cannot be used with the logical operator '\\|\\|', it is not a bool",
    "true && 1": "Value '1' cannot be used with the logical operator '&&', it is not a bool",
    "!1": "Value '1' cannot be used with the prefix '!'",
    "-a > 1": "Failed to parse 'when' expression '-a > 1': Cannot transition",
    "-true == 1": "Value 'true' cannot be used with the prefix '-'",
    # deeper than anything that is meant
    "(" * 9000 + "true" + ")" * 9000: "Failed to evaluate 'when' expresion",
    "1" + " == 1" * 9000: "Failed to evaluate 'when' expresion",
}


@pytest.mark.parametrize("expression", TRUE)
def test_it_holds(expression):
    assert holds(expression) is True


@pytest.mark.parametrize("expression", FALSE)
def test_it_does_not_hold(expression):
    assert holds(expression) is False


@pytest.mark.parametrize(
    ("expression", "words"), REFUSED.items(), ids=[text[:40] for text in REFUSED]
)
def test_it_is_refused_in_words(expression, words):
    with pytest.raises(WorkflowError, match=words):
        holds(expression)


@pytest.mark.parametrize("expression", ["5 > ", "5 > a"])
def test_the_words_show_the_expression(expression):
    with pytest.raises(WorkflowError, match=f" 'when' express?ion '{expression}': "):
        holds(expression)


def test_no_pattern_takes_for_ever():
    """By backtracking, 40 letters would take longer than anybody waits."""
    assert not holds(f'"{"a" * 40}b" =~ "^(a+)+$"')
