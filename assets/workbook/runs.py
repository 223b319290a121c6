"""The name that notebooks import; see `workbook.kernel.watch`."""

from workbook.kernel.watch import *  # noqa: F403
