"""A form is a tuple of fields; a field carries what was typed and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """`kind`: text, lines, choice, radio or file. `options`: (value, words) of a choice or radio.
    `error` is shown beside the field, `hint` always."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    error: str = ""
    hint: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()


def errors(fields: tuple[Field, ...]) -> list[tuple[str, str, str]]:
    """The id, label and error of each field that is wrong."""
    return [
        (f"f{number}", field.label, field.error)
        for number, field in enumerate(fields)
        if field.error
    ]
