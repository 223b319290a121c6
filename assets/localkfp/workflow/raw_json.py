"""JSON whose values stay as they are written: numbers, escapes. Errors are Go's.

Go: encoding/json, scanner.go. Argo keeps an item of a loop as the JSON text that it
came in (`Item` in pkg/apis/workflow/v1alpha1/item.go): `1.10` stays `1.10`, an escape an escape.
"""

from __future__ import annotations

import json
import re

SPACE = re.compile(r"[ \t\r\n]*")
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
ESCAPES = '"\\/bfnrt'
END = "unexpected end of JSON input"


def elements(text: str) -> list[str] | None:
    """The elements of a JSON list, each as its text without blanks; None where the text is JSON and
    no list (`null` is an empty one). Raises ValueError in Go's words where it is no JSON."""
    kind, parts = _Scanner(text).document()
    if kind == "null":
        return []
    return [value for _, value in parts] if kind == "array" else None


def members(text: str) -> dict[str, str] | None:
    """The same for an object: what each key has."""
    kind, parts = _Scanner(text).document()
    return {json.loads(key): value for key, value in parts} if kind == "object" else None


def kind(text: str) -> str:
    """array, bool, null, number, object or string."""
    return _Scanner(text).document()[0]


Parts = list[tuple[str, str]]  # of an object, or of a list: with empty keys


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def document(self) -> tuple[str, Parts]:
        try:
            kind, _, parts = self.value()
        except RecursionError:
            raise ValueError("exceeded max depth") from None
        self.blanks()
        if self.at < len(self.text):
            raise self.wrong("after top-level value")
        return kind, parts

    def value(self) -> tuple[str, str, Parts]:
        """Its kind, its text without blanks, what it has in it."""
        self.blanks()
        match self.peek():
            case "{":
                return self.several("object", "}")
            case "[":
                return self.several("array", "]")
            case '"':
                return "string", self.string(), []
            case "t" | "f" | "n" as first:
                word = {"t": "true", "f": "false", "n": "null"}[first]
                return ("null" if first == "n" else "bool"), self.literal(word), []
            case digit if digit in "-0123456789":
                return "number", self.number(), []
        raise self.wrong("looking for beginning of value")

    def several(self, kind: str, last: str) -> tuple[str, str, Parts]:
        first = self.take()
        parts: Parts = []
        self.blanks()
        while self.peek() != last or parts:
            key = self.key() if kind == "object" else ""
            parts.append((key, self.value()[1]))
            self.blanks()
            if self.peek() == last:
                break
            if self.peek() != ",":
                what = "object key:value pair" if kind == "object" else "array element"
                raise self.wrong(f"after {what}")
            self.take()
            self.blanks()
        texts = (f"{key}:{value}" if key else value for key, value in parts)
        return kind, f"{first}{','.join(texts)}{self.take()}", parts

    def key(self) -> str:
        if self.peek() != '"':
            raise self.wrong("looking for beginning of object key string")
        key = self.string()
        self.blanks()
        if self.peek() != ":":
            raise self.wrong("after object key")
        self.take()
        return key

    def string(self) -> str:
        start = self.at
        self.take()
        while True:
            self.at = PLAIN.match(self.text, self.at).end()  # type: ignore[union-attr]
            match self.peek():
                case '"':
                    self.take()
                    return self.text[start : self.at]
                case "\\":
                    self.take()
                    self.escape()
                case _:
                    raise self.wrong("in string literal")

    def escape(self) -> None:
        if self.peek() == "u":
            self.take()
            for _ in range(4):
                if self.peek() not in "0123456789abcdefABCDEF":
                    raise self.wrong("in \\u hexadecimal character escape")
                self.take()
        elif self.peek() in ESCAPES:
            self.take()
        else:
            raise self.wrong("in string escape code")

    def literal(self, word: str) -> str:
        for letter in word:
            if self.peek() != letter:
                raise self.wrong(f"in literal {word} (expecting '{letter}')")
            self.take()
        return word

    def number(self) -> str:
        start = self.at
        match = NUMBER.match(self.text, self.at)
        self.at = match.end() if match else self.at + 1
        follows = self.text[self.at : self.at + 1]
        if not match:
            self.peek()
            raise self.wrong("in numeric literal")
        if follows and follows in ".eE":
            self.take()
            if follows in "eE" and self.peek() in "+-":
                self.take()
            self.peek()
            after = "after decimal point in" if follows == "." else "in exponent of"
            raise self.wrong(f"{after} numeric literal")
        return self.text[start : self.at]

    def blanks(self) -> None:
        self.at = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def peek(self) -> str:
        if self.at >= len(self.text):
            raise ValueError(END)
        return self.text[self.at]

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def wrong(self, where: str) -> ValueError:
        return ValueError(f"invalid character {_quoted(self.text[self.at])} {where}")


def _quoted(character: str) -> str:
    """quoteChar of scanner.go. Go looks at bytes: of a letter beyond ASCII it shows the first."""
    if character == "'":
        return r"'\''"
    if character == '"':
        return "'\"'"
    first = chr(character.encode()[0])
    return f"'{json.dumps(first, ensure_ascii=False)[1:-1]}'"
