"""The names that notebooks import; see `workbook.kernel.live_run`, `show` and `watch`."""

from workbook.kernel.live_run import live_workflow, read_output
from workbook.kernel.show import show
from workbook.kernel.watch import watch

__all__ = ["live_workflow", "read_output", "show", "watch"]
