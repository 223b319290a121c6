"""The expression of `when`, after its tags have been substituted.

Argo hands it to govaluate, after making texts of bare words: `shouldExecute` in
workflow/controller/steps.go of v3.3.8. kfp 1.8 compiles `dsl.Condition` to one comparison: both
sides in double quotes for == and !=, as they are for the rest.
"""

from __future__ import annotations

from dataclasses import replace

from localkfp.errors import WorkflowError
from localkfp.expressions.govaluate import check_patterns, evaluate
from localkfp.expressions.govaluate_tokens import check_order, shown, tokens

HINT = '(hint: try wrapping the affected expression in quotes ("))'


def holds(expression: str) -> bool:
    """Whether the expression is true. Raises WorkflowError, in Argo's words, when it is none: for
    an unsubstituted tag, say, where a number was meant."""
    if not expression:
        return True
    try:
        found = tokens(expression)
        check_patterns(found)
    except ValueError as error:
        hint = f" {HINT}" if "Invalid token" in str(error) else ""
        raise WorkflowError(f"Invalid 'when' expression '{expression}': {error}{hint}") from None
    found = [replace(t, kind="STRING") if t.kind == "VARIABLE" else t for t in found]
    try:
        check_order(found)
        check_patterns(found)
    except ValueError as error:
        raise WorkflowError(f"Failed to parse 'when' expression '{expression}': {error}") from None
    try:
        result = evaluate(found)
    except (ValueError, RecursionError) as error:
        raise WorkflowError(
            f"Failed to evaluate 'when' expresion '{expression}': {error}"  # Argo's spelling
        ) from None
    if not isinstance(result, bool):
        raise WorkflowError(f"Expected boolean evaluation for '{expression}'. Got {shown(result)}")
    return result
