"""The warm processes of a batch: what runs notebooks, and what judges answers."""

from __future__ import annotations

from dataclasses import dataclass

from workbook.grading.sandbox.bubblewrap import Layout
from workbook.grading.sandbox.session import Zygote


@dataclass
class Worker:
    """One of each kind. Several jobs may use them at once: each submission is forked from them."""

    kernels: Zygote
    judges: Zygote

    @classmethod
    def start(cls, layout: Layout, isolate: bool) -> Worker:
        """Raises WorkerLost."""
        worker = cls(Zygote("kernel", layout, isolate), Zygote("judge", layout, isolate))
        try:
            worker.kernels.ready()
            worker.judges.ready()
        except BaseException:
            worker.stop()
            raise
        return worker

    def stop(self) -> None:
        self.kernels.stop()
        self.judges.stop()

    @property
    def isolated(self) -> bool:
        return self.kernels.isolated and self.judges.isolated
