"""How a cell or an exercise failed, in words for the learner."""

from __future__ import annotations

from workbook.grading.notebook.passage import RAISED, Passage
from workbook.grading.sandbox.bubblewrap import MIB, Limits
from workbook.grading.sandbox.session import DIED, MEMORY, OUTPUT, PROCESSES, TIMEOUT, Reply
from workbook.language import _

MOST_NOTES = 10
MOST_IN_A_NOTE = 3
LONGEST_BEGIN = 60  # characters


def failure_of(passage: Passage, exercise_id: str) -> Reply | None:
    """How the last cell of an exercise that failed did so."""
    found = None
    for cell_id, reply in passage.failures.items():
        if passage.owners.get(cell_id) == exercise_id:
            found = reply
    return found


def words(reply: Reply, limits: Limits) -> str:
    raised = reply.said.get("raised") or {}
    name, value = str(raised.get("ename", "")), str(raised.get("evalue", ""))
    if reply.how == MEMORY or name == "MemoryError":
        return _("out of memory (the limit is {size:g} GB)").format(size=limits.memory / MIB / 1024)
    if reply.how == TIMEOUT and reply.word == "notebook":
        return _("not run: the notebook took longer than {n:g} seconds").format(
            n=limits.notebook_seconds
        )
    texts = {
        TIMEOUT: _("timeout: it ran longer than {n:g} seconds").format(n=limits.cell_seconds),
        DIED: _("the kernel died ({how})").format(how=reply.word),
        PROCESSES: _("it started more than {n} processes, or {threads} threads").format(
            n=limits.processes, threads=limits.tasks
        ),
        OUTPUT: _("it printed more than {n} MB").format(n=limits.output // MIB),
        RAISED: ": ".join(filter(None, [name, " ".join(value.split())]))[:500],
    }
    return texts[reply.how]


def failed_line(reply: Reply) -> str:
    raised = reply.said.get("raised")
    return str(raised.get("line", ""))[:300] if isinstance(raised, dict) else ""


def notes_of(passage: Passage) -> list[str]:
    """What failed outside of the exercises, and what was too large to be kept."""
    notes = []
    for cell in passage.notebook.cells:
        found = [*passage.omitted.get(cell.id, ())]
        if cell.id in passage.failures and cell.id not in passage.owners:
            found.append(words(passage.failures[cell.id], passage.limits))
        if found:
            text = _('the cell that begins with "{line}": {what}')
            line = cell.source.strip().partition("\n")[0][:LONGEST_BEGIN]
            notes.append(text.format(line=line, what=", ".join(found[:MOST_IN_A_NOTE])))
    return notes[:MOST_NOTES]
