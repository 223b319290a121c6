"""The warm processes of a batch: what runs notebooks, and what judges answers."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from workbook.grading.sandbox.bubblewrap import PATH, Layout, Way, ways
from workbook.grading.sandbox.session import NoSandbox, WorkerLost, Zygote
from workbook.language import _

IF_POSSIBLE, ALWAYS, NEVER = "if possible", "always", "never"


@dataclass(frozen=True)
class WarmProcesses:
    """One of each kind. Several jobs may use them at once: each submission is forked from them."""

    kernels: Zygote
    judges: Zygote

    @classmethod
    def start(cls, layout: Layout, way: Way | None) -> WarmProcesses:
        """Raises NoSandbox when there can be none in this way, and WorkerLost."""
        warm = cls(Zygote("kernel", layout, way), Zygote("judge", layout, way))
        try:
            warm.kernels.ready()
            warm.judges.ready()
        except BaseException:
            warm.stop()
            raise
        return warm

    def stop(self) -> None:
        self.kernels.stop()
        self.judges.stop()

    @property
    def isolated(self) -> bool:
        return self.kernels.isolated and self.judges.isolated


class Unisolated(RuntimeError):
    """A sandbox is asked for, and this machine can make none."""


def first_of(layout: Layout, isolation: str) -> WarmProcesses:
    """Warm processes in the best sandbox that can be made here.

    Raises Unisolated, and WorkerLost.
    """
    if isolation != NEVER and shutil.which("bwrap", path=PATH):
        # each twice: one of several bubblewraps that start at once may fail by chance
        for way in (way for way in ways() for _time in range(2)):
            with contextlib.suppress(NoSandbox):
                return WarmProcesses.start(layout, way)
    if isolation == ALWAYS:
        raise Unisolated(_("There is no bubblewrap here that works, and isolation is required."))
    return WarmProcesses.start(layout, None)


@dataclass
class Hearth:
    """The warm processes that all jobs share; renewed when a submission has brought them down.

    How they are isolated is found out with the first, and never changes: what doesn't start in time
    later is tried again in the same way.
    """

    layout: Layout
    isolation: str = IF_POSSIBLE
    _ways: list[Way | None] = field(default_factory=list)  # one, when it is known
    _shared: WarmProcesses | None = None
    _alive: list[WarmProcesses] = field(default_factory=list)
    _changing: threading.Lock = field(default_factory=threading.Lock)
    _stopped: bool = False

    def shared(self) -> WarmProcesses:
        """Raises WorkerLost."""
        with self._changing:
            self._shared = self._shared or self._start()
            return self._shared

    def give_up(self, lost: WarmProcesses) -> None:
        """Have new ones started for whoever asks next."""
        with self._changing:
            if self._shared is lost:
                self._shared = None
        lost.stop()

    @property
    def isolated(self) -> bool:
        return self._ways != [None]

    @contextmanager
    def own(self) -> Iterator[WarmProcesses]:
        """For one submission alone: what brings them down is nobody else's loss. Raises
        WorkerLost."""
        with self._changing:
            warm = self._start()
        try:
            yield warm
        finally:
            warm.stop()

    def stop(self) -> None:
        """End all of them, and start none any more."""
        self._stopped = True
        for warm in self._alive:
            warm.stop()

    def _start(self) -> WarmProcesses:
        if self._stopped:
            raise WorkerLost("the batch was stopped")
        if self._ways:
            try:
                warm = WarmProcesses.start(self.layout, self._ways[0])
            except NoSandbox as error:  # it was one before
                raise WorkerLost(str(error)) from None
        else:
            warm = first_of(self.layout, self.isolation)
            self._ways.append(warm.kernels.way)
        self._alive.append(warm)
        return warm
