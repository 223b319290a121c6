"""What kfp 1.8 keeps for all clients of a user (_client.py): a namespace, a header, a cookie."""

from __future__ import annotations

import json
from pathlib import Path

from workbook.language import _

FILE = "~/.config/kfp/context.json"


def remembered() -> dict[str, str]:
    try:
        kept = json.loads(Path(FILE).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def needless_namespace(namespace: str) -> tuple[str, str]:
    """What is wrong, and the cure, where an endpoint has no namespaces and kfp remembers one: it
    sends it along with every request."""
    return (
        _("kfp remembers {namespace}, and this endpoint has no namespaces").format(
            namespace=namespace
        ),
        _("rm {file}, then make the client anew").format(file=FILE),
    )
