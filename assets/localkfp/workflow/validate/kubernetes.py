"""What Kubernetes refuses of an object's metadata.

k8s.io/apimachinery: ValidateObjectMeta, IsDNS1123Subdomain, IsValidLabelValue, IsQualifiedName.
Records a50, a54, a56, a57.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
NO_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    f"for validation is '{SUBDOMAIN.pattern}')"
)
LABEL = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
NO_LABEL = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    f"'12345', regex used for validation is '{LABEL.pattern}')"
)
KEY = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
NO_KEY = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    f"validation is '{KEY.pattern}')"
)
MAX_LABEL, MAX_SUBDOMAIN = 63, 253


def object_error(metadata: Mapping[str, Any], name: str) -> str:
    """What is wrong with an object of this name, or nothing."""
    generated, given = metadata.get("generateName", ""), metadata.get("name", "")
    wrong = []
    if not (generated or given):
        return '"" is invalid: metadata.name: Required value: name or generateName is required'
    if generated and not SUBDOMAIN.fullmatch(f"{generated.rstrip('-')}" or "-"):
        wrong.append(_invalid("metadata.generateName", generated, NO_SUBDOMAIN))
    if not SUBDOMAIN.fullmatch(name):
        wrong.append(_invalid("metadata.name", name, NO_SUBDOMAIN))
    if len(name) > MAX_SUBDOMAIN:
        told = f"must be no more than {MAX_SUBDOMAIN} characters"
        wrong.append(_invalid("metadata.name", name, told))
    wrong += label_errors(metadata.get("labels") or {})
    return _told(name, wrong)


def label_errors(labels: Mapping[str, str]) -> list[str]:
    wrong = []
    for key, value in sorted(labels.items()):
        prefix, found, name = key.rpartition("/")
        if not KEY.fullmatch(name):
            wrong.append(_invalid("metadata.labels", key, NO_KEY))
        elif len(name) > MAX_LABEL:
            told = f"name part must be no more than {MAX_LABEL} characters"
            wrong.append(_invalid("metadata.labels", key, told))
        elif found and not SUBDOMAIN.fullmatch(prefix):
            wrong.append(_invalid("metadata.labels", key, f"prefix part {NO_SUBDOMAIN}"))
        if len(value) > MAX_LABEL:
            told = f"must be no more than {MAX_LABEL} characters"
            wrong.append(_invalid("metadata.labels", value, told))
        if not LABEL.fullmatch(value):
            wrong.append(_invalid("metadata.labels", value, NO_LABEL))
    return wrong


def _invalid(field: str, value: str, told: str) -> str:
    return f'{field}: Invalid value: "{value}": {told}'


def _told(name: str, wrong: list[str]) -> str:
    if not wrong:
        return ""
    return f'"{name}" is invalid: {wrong[0] if len(wrong) == 1 else "[" + ", ".join(wrong) + "]"}'
