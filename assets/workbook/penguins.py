"""The name that notebooks import; see `workbook.kernel.penguins`."""

from workbook.kernel.penguins import *  # noqa: F403
