"""One notebook on its way through the sandbox, cell by cell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.outputs import Outputs
from workbook.grading.sandbox.session import REPLIED, TIMEOUT, Reply, Session, Zygote

if TYPE_CHECKING:  # papermill itself imports the engine, and so this
    from papermill.engines import NotebookExecutionManager

RAISED = "raised"
MOST_STARTS = 12  # of one notebook; each cell that ends its kernel is left out the next time


@dataclass
class Course:
    """One notebook on its way: what it is run with, and what has come of it.

    `kinds` and `expressions`: exercise -> kind of the answer, -> what its `check` gets. `owners`:
    cell -> exercise. `answers`: exercise -> text that the learner's process wrote. `failures`:
    cell -> how it failed, in the words of `session`, or `raised`. `omitted`: cell -> what of its
    outputs was too large.
    """

    zygote: Zygote
    limits: Limits
    kinds: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Reply] = field(default_factory=dict)
    omitted: dict[str, list[str]] = field(default_factory=dict)
    notebook: NotebookNode | None = None

    def run(self, manager: NotebookExecutionManager) -> None:
        """Run all cells. After one that ends its kernel, again without it, so that the exercises
        after it have their chance."""
        self.notebook = manager.nb
        end = time.monotonic() + self.limits.notebook_seconds
        left_out: set[str] = set()
        while len(left_out) < MOST_STARTS:
            session = self.zygote.open(self.limits, kinds=dict(self.kinds))
            guilty = ""
            try:
                guilty = self._run_cells(manager, session, end, left_out)
            finally:
                report = session.close()
            self.answers |= report.get("answers", {})
            self.unread |= report.get("unread", {})
            if not guilty or time.monotonic() > end:
                return
            left_out.add(guilty)

    def _run_cells(
        self,
        manager: NotebookExecutionManager,
        session: Session,
        end: float,
        left_out: set[str],
    ) -> str:
        """The id of the cell with which the process ended, or nothing."""
        for index, cell in enumerate(manager.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip() or cell.id in left_out:
                continue
            left = min(self.limits.cell_seconds, end - time.monotonic())
            if left <= 0:
                self.failures[cell.id] = Reply(TIMEOUT, word="notebook")
                return cell.id
            manager.cell_start(cell, index)
            outputs = Outputs(self.limits.cell_output)
            reply = session.ask({"run": cell.source}, left, outputs)
            cell.outputs, self.omitted[cell.id] = outputs.found, outputs.omitted
            self._note(cell.id, reply)
            if cell.id in self.failures:
                manager.cell_exception(cell, index)
            manager.cell_complete(cell, index)
            if not session.alive:
                return cell.id
        failed = {self.owners.get(cell_id) for cell_id in self.failures}
        wanted = {name: text for name, text in self.expressions.items() if name not in failed}
        session.ask({"finish": wanted}, self.limits.cell_seconds, Outputs(0))
        return ""

    def _note(self, cell_id: str, reply: Reply) -> None:
        self.failures.pop(cell_id, None)
        if reply.how != REPLIED:
            self.failures[cell_id] = reply
        elif raised := reply.said.get("raised"):
            known = raised if isinstance(raised, dict) else {}  # the kernel is not ours any more
            self.failures[cell_id] = Reply(RAISED, said={"raised": known})
