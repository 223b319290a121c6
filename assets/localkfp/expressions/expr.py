"""Expressions of `{{=...}}`, `depends` and `retryStrategy.expression`: the language of
https://github.com/antonmedv/expr at v1.9, which Argo 3.3.8 has (parser/parser.go).

A parsed expression is a function of its surroundings; `expr_values` says what its operators mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localkfp.expressions import expr_values as values
from localkfp.expressions.expr_tokens import ExprError, Token, tokens, wrong

UNARY = {"not": 50, "!": 50, "-": 500, "+": 500}
BINARY = {
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", "<", ">", ">=", "<="), 20),
    **dict.fromkeys(("in", "not in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    "**": 70,
}
RIGHT = ("**",)
OVER_LISTS = {"all", "none", "any", "one", "filter", "map", "count"}
MAX_STEPS = 100_000  # of one evaluation: no expression stops a server


@dataclass
class Surroundings:
    """`names`: what an expression may ask for; `elements`: those that closures stand at, the
    innermost last."""

    names: Mapping[str, Any]
    elements: list[Any] = field(default_factory=list)
    steps: int = 0

    def step(self, more: int = 1) -> None:
        self.steps += more
        if self.steps > MAX_STEPS:
            raise ExprError("memory budget exceeded")


Value = Callable[[Surroundings], Any]


def evaluate(source: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression: None, a bool, int, float, str, list or dict. A name that isn't
    there is None. Raises ExprError."""
    try:
        return _Parser(source).whole()(Surroundings(names))
    except RecursionError:
        raise ExprError("the expression is too deep") from None


def evaluate_bool(source: str, names: Mapping[str, Any]) -> bool:
    """Raises ExprError in the words of `EvalBool` in util/expr/argoexpr of Argo."""
    try:
        found = evaluate(source, names)
    except ExprError as error:
        raise ExprError(f"unable to evaluate expression '{source}': {error}") from None
    if not isinstance(found, bool):
        raise ExprError(f"unable to cast expression result '{values.printed(found)}' to bool")
    return found


class _Parser:
    def __init__(self, source: str) -> None:
        self.source, self.tokens, self.at, self.depth = source, tokens(source), 0, 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def expect(self, kind: str, text: str) -> None:
        if not self.token.is_(kind, text):
            raise self.wrong(f"unexpected token {self.token}")
        self.next()

    def wrong(self, said: str) -> ExprError:
        return wrong(said, self.source, self.token.at)

    def whole(self) -> Value:
        found = self.expression()
        if self.token.kind != "EOF":
            raise self.wrong(f"unexpected token {self.token}")
        return found

    def expression(self, precedence: int = 0) -> Value:
        left = self.primary()
        while self.token.is_("Operator") and BINARY.get(self.token.text, -1) >= precedence:
            word = self.next().text
            right = self.expression(BINARY[word] + (word not in RIGHT))
            left = _binary(word, left, right)
        while precedence == 0 and self.token.is_("Operator", "?"):
            self.next()
            chosen = left if self.token.is_("Operator", ":") else self.expression()
            self.expect("Operator", ":")
            left = _conditional(left, chosen, self.expression())
        return left

    def primary(self) -> Value:
        token = self.token
        if token.is_("Operator", *UNARY):
            self.next()
            return self.postfix(_unary(token.text, self.expression(UNARY[token.text])))
        if token.is_("Bracket", "("):
            self.next()
            inner = self.expression()
            self.expect("Bracket", ")")
            return self.postfix(inner)
        if token.is_("Operator", "#", "."):
            if not self.depth:
                raise self.wrong("cannot use pointer accessor outside closure")
            if token.text == "#":
                self.next()
            return self.postfix(lambda around: around.elements[-1])
        if token.kind in ("Number", "String"):
            self.next()
            return _literal(_number(token.text) if token.kind == "Number" else token.text)
        if token.is_("Identifier", "true", "false", "nil"):
            self.next()
            return _literal({"true": True, "false": False, "nil": None}[token.text])
        if token.kind == "Identifier":
            return self.postfix(self.name())
        if token.is_("Bracket", "["):
            return self.postfix(_list(self.several("[", "]")))
        if token.is_("Bracket", "{"):
            return self.postfix(self.mapping())
        raise self.wrong(f"unexpected token {token}")

    def name(self) -> Value:
        name = self.next().text
        if not self.token.is_("Bracket", "("):
            return lambda around: around.names.get(name)
        if name in OVER_LISTS:
            self.next()
            over = self.expression()
            self.expect("Operator", ",")
            closure = self.closure()
            self.expect("Bracket", ")")
            return _over(name, over, closure)
        given = self.several("(", ")")
        if name == "len":
            if len(given) != 1:
                raise self.wrong("invalid number of arguments for len")
            return lambda around: values.length(given[0](around))
        return _call(lambda around: around.names.get(name), given)

    def closure(self) -> Value:
        self.expect("Bracket", "{")
        self.depth += 1
        found = self.expression()
        self.depth -= 1
        self.expect("Bracket", "}")
        return found

    def several(self, first: str, last: str) -> list[Value]:
        self.expect("Bracket", first)
        found: list[Value] = []
        while not self.token.is_("Bracket", last):
            if found:
                self.expect("Operator", ",")
                if first == "[" and self.token.is_("Bracket", last):
                    break
            found.append(self.expression())
        self.next()
        return found

    def mapping(self) -> Value:
        self.expect("Bracket", "{")
        found: list[tuple[Value, Value]] = []
        while not self.token.is_("Bracket", "}"):
            if found:
                self.expect("Operator", ",")
                if self.token.is_("Bracket", "}"):
                    break
            token = self.token
            if token.kind in ("Identifier", "String", "Number"):
                self.next()
                key = _literal(token.text)
            elif token.is_("Bracket", "("):
                key = self.expression()
            else:
                raise self.wrong(
                    "a map key must be a quoted string, a number, a identifier, or an expression "
                    f"enclosed in parentheses (unexpected token {token})"
                )
            self.expect("Operator", ":")
            found.append((key, self.expression()))
        self.next()
        return lambda around: {values.text(k(around)): v(around) for k, v in found}

    def postfix(self, value: Value) -> Value:
        while True:
            if self.token.is_("Operator", ".", "?."):
                safe = self.next().text == "?."
                name = self.next()
                if name.kind not in ("Identifier", "Operator") or not name.text[:1].isidentifier():
                    self.at -= 1
                    raise self.wrong("expected name")
                value = _member(value, _literal(name.text), safe)
                if self.token.is_("Bracket", "("):
                    value = _call(value, self.several("(", ")"))
            elif self.token.is_("Bracket", "["):
                self.next()
                value = self.index(value)
            else:
                return value

    def index(self, value: Value) -> Value:
        first = _literal(None) if self.token.is_("Operator", ":") else self.expression()
        if not self.token.is_("Operator", ":"):
            self.expect("Bracket", "]")
            return _member(value, first)
        self.next()
        last = _literal(None) if self.token.is_("Bracket", "]") else self.expression()
        self.expect("Bracket", "]")
        return lambda around: values.part(value(around), first(around), last(around))


# ---- what is parsed, as functions ----------------------------------------------------------------


def _literal(value: Any) -> Value:
    return lambda around: value


def _number(text: str) -> int | float:
    text = text.replace("_", "")
    if text.startswith("0x"):
        return int(text, 16)
    return float(text) if any(c in text for c in ".eE") else int(text)


def _list(parts: list[Value]) -> Value:
    return lambda around: [part(around) for part in parts]


@dataclass(frozen=True)
class _Chain:
    """All of `&&`, or all of `||`: `ends` is the truth that decides it. It is one function however
    long it is, as a task may depend on thousands."""

    ends: bool
    parts: tuple[Value, ...]

    def __call__(self, around: Surroundings) -> bool:
        for part in self.parts:
            if values.truth(part(around)) is self.ends:
                return self.ends
        return not self.ends


def _unary(word: str, operand: Value) -> Value:
    if word in ("not", "!"):
        return lambda around: not values.truth(operand(around))
    sign = -1 if word == "-" else 1
    return lambda around: values.arithmetic("*", sign, operand(around))


def _binary(word: str, left: Value, right: Value) -> Value:
    if word in ("or", "||", "and", "&&"):
        ends = word in ("or", "||")
        before = left.parts if isinstance(left, _Chain) and left.ends is ends else (left,)
        return _Chain(ends, (*before, right))

    def both(around: Surroundings) -> Any:
        around.step()
        first, second = left(around), right(around)
        if word == ".." and all(isinstance(v, int) for v in (first, second)):
            around.step(max(second - first, 0))
        return values.binary(word, first, second)

    return both


def _conditional(condition: Value, chosen: Value, other: Value) -> Value:
    return lambda around: (chosen if values.truth(condition(around)) else other)(around)


def _member(value: Value, key: Value, safe: bool = False) -> Value:
    return lambda around: values.member(value(around), key(around), safe)


def _call(function: Value, given: list[Value]) -> Value:
    def called(around: Surroundings) -> Any:
        around.step()
        found = function(around)
        if not callable(found):
            raise ExprError("reflect: call of Call on zero Value")
        arguments = [value(around) for value in given]
        try:
            result = found(*arguments)
        except (TypeError, ValueError, OverflowError, LookupError, ZeroDivisionError) as error:
            raise ExprError(str(error)) from None
        if isinstance(result, str | list):
            around.step(len(result) // 1000)
        return result

    return called


def _over(name: str, over: Value, closure: Value) -> Value:
    def result(around: Surroundings) -> Any:
        found = []
        elements = values.elements(over(around))
        for element in elements:
            around.step()
            around.elements.append(element)
            try:
                found.append(closure(around))
            finally:
                around.elements.pop()
        if name == "map":
            return found
        holds = [values.truth(value) for value in found]
        chosen = [e for e, held in zip(elements, holds, strict=True) if held]
        results = {
            "filter": chosen,
            "count": len(chosen),
            "all": all(holds),
            "any": any(holds),
            "none": not any(holds),
            "one": len(chosen) == 1,
        }
        return results[name]

    return result
