"""The languages of expressions that stand in a Workflow."""
