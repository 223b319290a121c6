"""The name that notebooks import; see `workbook.kernel.doors`."""

from workbook.kernel.doors import *  # noqa: F403
