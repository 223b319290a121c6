"""Grading a batch of submissions: find them, run them, judge their answers, write what came out."""

import sys

# jsonschema, which nbformat imports, would build 38 grammars with it for a format that no notebook
# has: more than a second of each start
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
