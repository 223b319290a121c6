"""A whole batch, from what was handed in to the reports."""
