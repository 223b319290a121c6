"""localkfp.engine.when: the expression of `when`, as Argo has govaluate decide it.

Sources: `shouldExecute` in workflow/controller/steps.go of Argo Workflows v3.3.8, and parsing.go,
stagePlanner.go and evaluationStage.go of govaluate.
"""

from __future__ import annotations

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
    "1 + 1 == 2": f"Invalid token: '\\+'{HINT}",
    # parsing.go
    '"heads': "Unclosed string literal",
    'heads == "heads': "Unclosed string literal",
    'a "b" c': "'.b.' was not expected here",
    '"it\'s" == "it\'s"': "'s' was not expected here",
    "(1 > 0": "Unbalanced parenthesis",
    "1 > 0)": "Unbalanced parenthesis",
    ")1 > 0(": "'\\)' was not expected here",
    "()": "'\\)' was not expected here",
    "1.2.3 > 1": "Unable to parse numeric value '1.2.3' to float64",
    "'2021-05-01' < '2021-5-2'": NUMBER,
    "'2021-05-01' =~ '2021'": "it is not a number",
    "1e-05 > 0": "'e' was not expected here",
    "1 >": "Unexpected end of expression",
    "> 1": "'>' was not expected here",
    "1 > > 2": "'>' was not expected here",
    "true false": "'false' was not expected here",
    "true &&": "Unexpected end of expression",
    "a in b": "'in' was not expected here",
    # evaluationStage.go: the kinds that a symbol takes
    "many > 5": f"Value 'many' cannot be used with the comparator '>', {NUMBER}",
    '"10" > 9': f"Value '10' cannot be used with the comparator '>', {NUMBER}",
    "5 > many": f"Value '5' cannot be used with the comparator '>', {NUMBER}",
    "true > false": f"Value 'true' cannot be used with the comparator '>', {NUMBER}",
    "1 > 2 > 3": f"Value 'false' cannot be used with the comparator '>', {NUMBER}",
    '1 =~ "1"': f"Value '1' cannot be used with the comparator '=~', {NUMBER}",
    '"a" =~ "(?=a)"': "error parsing regexp: invalid perl operator",  # Go has no look-ahead
    "1 =~ 1": f"Value '1' cannot be used with the comparator '=~', {NUMBER}",
    '"a" =~ "["': "Failed to evaluate 'when' expresion",
    "a || true": "Value 'a' cannot be used with the logical operator '\\|\\|', it is not a bool",
    "true && 1": "Value '1' cannot be used with the logical operator '&&', it is not a bool",
    "!1": "Value '1' cannot be used with the prefix '!'",
    "-a > 1": "Value 'a' cannot be used with the prefix '-'",
    "-true == 1": "Value 'true' cannot be used with the prefix '-'",
    # deeper than anything that is meant
    "(" * 9000 + "true" + ")" * 9000: "Invalid 'when' expression",
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
