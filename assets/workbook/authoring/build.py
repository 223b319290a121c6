"""Build the lessons: `solutions/NN_name.ipynb` is written by hand, `notebooks/NN_name.ipynb` is
derived from it (the rules are in `derive.py`), and both are stored as they ran. The Korean edition
is derived further, in `edition/korean.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from workbook.authoring.derive import compare, derive, unexecuted, unrun
from workbook.authoring.lessons import BuildError, Lesson
from workbook.authoring.outputs import comparable

CELL_TIMEOUT = 300  # seconds


def build(lesson: Lesson) -> None:
    """Derive, execute both notebooks, and only if both ran, store both with their outputs.

    Raises BuildError if the source is missing, can't be derived, raises, or is edited meanwhile.
    """
    name = lesson.name_of(lesson.solution)
    text = _read(lesson.solution, name)
    solution = _parse(text, name)
    derived = derive(solution, name)
    ran = {
        lesson.solution: execute(unrun(solution), lesson.solution.parent, name),
        lesson.notebook: execute(derived, lesson.notebook.parent, lesson.name_of(lesson.notebook)),
    }
    if _read(lesson.solution, name) != text:
        raise BuildError(f"{name} was changed while it was built; build it again")
    for path, notebook in ran.items():
        store(notebook, path)


def rewrite(lesson: Lesson) -> None:
    """Derive again where only prose changed, and keep the outputs. Raises BuildError."""
    name = lesson.name_of(lesson.solution)
    store_prose(derive(read_notebook(lesson.solution, name), name), lesson, lesson.notebook)


def store_prose(wanted: NotebookNode, lesson: Lesson, path: Path) -> None:
    """Store `wanted` with the outputs that the notebook at `path` has: they hold as long as only
    prose changed. Raises BuildError, naming the cell, if code changed since it ran."""
    name = lesson.name_of(path)
    stored = read_notebook(path, name)
    before, after = _code(stored), _code(wanted)
    if list(before.items()) != list(after.items()):
        changed = next(
            (cell for cell, code in after.items() if before.get(cell) != code), next(iter(before))
        )
        raise BuildError(f"{name}, cell {changed}: its code changed; build it without --prose")
    store(_with_outputs_of(stored, wanted), path)


def store(notebook: NotebookNode, path: Path) -> None:
    text = nbformat.writes(comparable(notebook))
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _code(notebook: NotebookNode) -> dict[str, str]:
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}


def check(lesson: Lesson) -> list[str]:
    """What `build` would change, one sentence each. Runs nothing and writes nothing."""
    name, derived_name = lesson.name_of(lesson.solution), lesson.name_of(lesson.notebook)
    if not lesson.solution.exists():
        return [f"{name} does not exist; write it, or delete {derived_name}"]
    cure = f"run: workbook build {lesson.number}"
    try:
        solution = read_notebook(lesson.solution, name)
        wanted = derive(solution, name)
    except BuildError as error:
        return [f"{error}; correct it, then {cure}"]
    try:
        actual = read_notebook(lesson.notebook, derived_name)
    except BuildError as error:
        return [f"{name}, all cells: {error}; {cure}"]
    differences = [
        (file, difference)
        for file, expected, stored in [
            (name, unrun(solution), solution),
            (derived_name, wanted, actual),
        ]
        for difference in [*compare(expected, stored), *unexecuted(stored)]
    ]
    return [
        f"{name}, {f'cell {found.cell}' if found.cell else 'all cells'}: "
        f"in {file} {found.what}; {cure}"
        for file, found in differences
    ]


def execute(notebook: NotebookNode, folder: Path, name: str) -> NotebookNode:
    """A copy of `notebook` with the outputs of a run in `folder`, on a fresh localkfp.

    Raises BuildError, naming `name` and the cell, if a cell raises, hangs or kills the kernel.
    """
    folder.mkdir(exist_ok=True)
    ran = unrun(notebook)
    started: list[str] = []
    client = NotebookClient(
        ran,
        # of this environment, even where a person has another kernel called python3
        km=AsyncKernelManager(
            kernel_name=NATIVE_KERNEL_NAME,
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        ),
        timeout=CELL_TIMEOUT,
        force_raise_errors=True,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=lambda cell, cell_index: started.append(cell.id),
    )
    # read-only files of an interpreter may lie in it, and a pod may still be writing
    with TemporaryDirectory(prefix="workbook-build-", ignore_cleanup_errors=True) as state:
        environment = kernel_environment(Path(state))
        try:
            client.execute(env=environment, cleanup_kc=True)
        except CellExecutionError as error:
            last_line = (error.evalue.strip().splitlines() or [""])[-1]
            raise BuildError(f"{name}, cell {started[-1]}: {error.ename}: {last_line}") from error
        except CellTimeoutError as error:
            raise BuildError(
                f"{name}, cell {started[-1]}: it ran longer than {CELL_TIMEOUT} seconds"
            ) from error
        except DeadKernelError as error:
            place = f", cell {started[-1]}" if started else ""
            raise BuildError(f"{name}{place}: the kernel died") from error
        finally:
            _stop_localkfp(environment)
    return _with_outputs_of(ran, notebook)


def kernel_environment(state: Path) -> dict[str, str]:
    """The environment in which a lesson runs the same for everyone."""
    of_a_person = ("JPY_SESSION_NAME", "WORKBOOK_LANGUAGE")
    environment = {key: value for key, value in os.environ.items() if key not in of_a_person}
    return environment | {
        "LOCALKFP_HOME": str(state / "localkfp"),
        "IPYTHONDIR": str(state / "ipython"),  # a person's startup files change outputs
        "LANGUAGE": "en",  # of other programs; the folder decides what `workbook` speaks
    }


def _with_outputs_of(ran: NotebookNode, notebook: NotebookNode) -> NotebookNode:
    """The run adds metadata that vary with the version of Python: keep its outputs only."""
    result = unrun(notebook)
    sources = {cell.id: cell for cell in ran.cells}
    for cell in result.cells:
        if cell.cell_type == "code":
            cell.outputs = sources[cell.id].outputs
            cell.execution_count = sources[cell.id].execution_count
    return result


def _stop_localkfp(environment: dict[str, str]) -> None:
    """Most lessons start it; where nothing runs, that `stop` fails is of no interest."""
    command = [sys.executable, "-m", "localkfp", "stop"]
    subprocess.run(command, env=environment, capture_output=True, check=False)


def read_notebook(path: Path, name: str) -> NotebookNode:
    """`name` is for the message. Raises BuildError for a file that is missing or no notebook."""
    return _parse(_read(path, name), name)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BuildError(f"{name} does not exist") from error


def _parse(text: str, name: str) -> NotebookNode:
    """nbformat.reads would invent ids for cells without one, new ones each time."""
    try:
        notebook = nbformat.reader.reads(text)
        version = (notebook.nbformat, notebook.nbformat_minor)
    # AttributeError is what nbformat raises for other JSON
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise BuildError(f"{name} is not a notebook") from error
    if version < (4, 5):
        raise BuildError(f"{name} has no cell ids: save it in notebook format 4.5")
    seen: set[str] = set()
    for position, cell in enumerate(notebook.cells, start=1):
        if "id" not in cell:
            raise BuildError(f"{name}: cell {position} from the top has no id")
        if cell.id in seen:
            raise BuildError(f"{name}, cell {cell.id}: two cells have this id")
        seen.add(cell.id)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise BuildError(f"{name} is not a valid notebook: {error.message}") from error
    return notebook
