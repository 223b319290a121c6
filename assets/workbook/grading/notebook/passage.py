"""One notebook on its way through the sandbox, cell by cell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.outputs import Outputs
from workbook.grading.sandbox.session import REPLIED, TIMEOUT, Reply, Session, Zygote

RAISED = "raised"
MOST_STARTS = 12  # of one notebook; each cell that ends its kernel is left out the next time


@dataclass
class Passage:
    """What a notebook is run with, and what has come of it.

    `kinds` and `expressions`: exercise -> kind of the answer, -> what its `check` gets. `owners`:
    cell -> exercise. `answers`: exercise -> text that the learner's process wrote. `failures`:
    cell -> how it failed, in the words of `session`, or `raised`. `omitted`: cell -> what of its
    outputs was too large.
    """

    notebook: NotebookNode
    limits: Limits
    kinds: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Reply] = field(default_factory=dict)
    omitted: dict[str, list[str]] = field(default_factory=dict)

    def run(self, zygote: Zygote) -> None:
        """Run all cells; their outputs go into the notebook. After a cell that ends its kernel,
        again without it, so that the exercises after it have their chance. Raises WorkerLost."""
        end = time.monotonic() + self.limits.notebook_seconds
        left_out: set[str] = set()
        while len(left_out) < MOST_STARTS:
            session = zygote.open(self.limits, kinds=dict(self.kinds))
            guilty = ""
            try:
                guilty = self._run_cells(session, end, left_out)
            finally:
                report = session.close()
            self.answers |= report.get("answers", {})
            self.unread |= report.get("unread", {})
            if not guilty or time.monotonic() > end:
                return
            left_out.add(guilty)

    def _run_cells(self, session: Session, end: float, left_out: set[str]) -> str:
        """The id of the cell with which the process ended, or nothing."""
        count = 0
        for cell in self.notebook.cells:
            if cell.cell_type != "code" or not cell.source.strip() or cell.id in left_out:
                continue
            name = str(cell.id)
            left = min(self.limits.cell_seconds, end - time.monotonic())
            if left <= 0:
                self.failures[name] = Reply(TIMEOUT, word="notebook")
                return name
            outputs = Outputs(self.limits.cell_output)
            reply = session.ask({"run": cell.source}, left, outputs)
            count += 1
            cell.execution_count = count
            cell.outputs, self.omitted[name] = outputs.found(count), outputs.omitted
            self._note(name, reply)
            if not session.alive:
                return name
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
