"""What a learner's notebook is, given the solved one. Pure: notebooks in, notebooks out.

In a code cell of the solution, an exercise part stands between two lines of their own, both
indented like the code between them:

    ### BEGIN SOLUTION
    total = add(1, 2)
    ### END SOLUTION

The learner gets the line `# your code here` there, and a stub. The stub is

1. the scaffold, if the part begins with one: comment lines `#| text` right after BEGIN, which
   become `text`;
2. at module level of the cell (also inside `with`, `if`, `for`): one line `name = ...` for each
   name that the part binds and that the rest of the learner's cell reads, in order of binding.
   Assignments of every kind, `def` and `class` bind; an import does not: put it outside. A name
   in the text of a `!` or `%` line is not seen as read: write a scaffold;
3. otherwise, so always inside a function or class, `...`.

A cell tagged `solution-only` is left out. Everything else is copied: ids, order, metadata, prose.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from workbook.authoring.lessons import BuildError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
SCAFFOLD = "#|"
PROMPT = "# your code here"
SOLUTION_ONLY = "solution-only"

# also what is meant as a marker and misspelt: unnoticed, it would hand out the solution
MARKER_LIKE = re.compile(r"^\s*#+\s*(BEGIN|END)[ _-]*SOLUTION", re.IGNORECASE)

# no version of Python or of the kernel, so that every machine builds the same file
NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
CELL_PARTS = {
    "type": ["cell_type"],
    "source": ["source", "attachments"],
    "metadata": ["metadata"],
}
TIMING = "execution"  # cell metadata in which JupyterLab and nbclient record when a cell ran

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NAMES_OF_THEIR_OWN = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Part:
    """An exercise part of a cell.

    `line` is where it begins, from 1; `scaffold` is None if the author wrote none.
    """

    line: int
    indent: str
    scaffold: tuple[str, ...] | None
    code: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """`cell` is a cell id, or None for the notebook as a whole."""

    cell: str | None
    what: str


def unrun(notebook: NotebookNode) -> NotebookNode:
    """A copy without outputs, with the metadata that is stored in this project."""
    copy = deepcopy(notebook)
    copy.metadata = NotebookNode(deepcopy(NOTEBOOK_METADATA))
    for cell in copy.cells:
        cell.metadata.pop(TIMING, None)
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return copy


def derive(solution: NotebookNode, name: str) -> NotebookNode:
    """The learner's notebook, not yet executed. `name` of the solution is for the messages.

    Raises BuildError for a marker that is nested, unclosed, unopened, misspelt or not in a code
    cell, for a part without code, and for a cell that is no Python once the parts are taken out.
    """
    derived = unrun(solution)
    derived.cells = [cell for cell in derived.cells if SOLUTION_ONLY not in tags(cell)]
    for cell in derived.cells:
        where = f"{name}, cell {cell.id}"
        if cell.cell_type == "code":
            cell.source = derive_source(cell.source, where)
        else:
            _refuse_markers(cell.source, where)
    return derived


def derive_source(source: str, where: str) -> str:
    """The learner's text of one code cell. `where` begins the message of a BuildError."""
    pieces = _split(source, where)
    if all(isinstance(piece, str) for piece in pieces):
        return source
    stubs = iter(_stubs(pieces, where))
    lines: list[str] = []
    for piece in pieces:
        if isinstance(piece, Part):
            lines += [piece.indent + PROMPT, *next(stubs)]
        else:
            lines.append(piece)
    return "\n".join(lines)


def compare(wanted: NotebookNode, actual: NotebookNode) -> list[Difference]:
    """How `actual` differs from `wanted`, outputs aside."""
    found = []
    if actual.metadata != wanted.metadata:
        found.append(Difference(None, "the notebook's metadata differ"))
    if (actual.nbformat, actual.nbformat_minor) != (wanted.nbformat, wanted.nbformat_minor):
        found.append(Difference(None, "the version of the notebook format differs"))
    before = {cell.id: cell for cell in wanted.cells}
    after = {cell.id: cell for cell in actual.cells}
    found += [Difference(cell, "the cell is missing") for cell in before if cell not in after]
    found += [Difference(cell, "the cell is extra") for cell in after if cell not in before]
    found += [
        Difference(cell, f"the {part} differs")
        for cell in before
        if cell in after
        for part, keys in CELL_PARTS.items()
        if any(before[cell].get(key) != after[cell].get(key) for key in keys)
    ]
    if before.keys() == after.keys():
        moved = [cell for cell, other in zip(before, after, strict=True) if cell != other]
        found += [Difference(cell, "the order of cells differs") for cell in moved[:1]]
    return found


def unexecuted(notebook: NotebookNode) -> list[Difference]:
    """The code cells that have a source and were not run."""
    return [
        Difference(cell.id, "the cell has not been executed")
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None
    ]


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _refuse_markers(source: str, where: str) -> None:
    for number, line in enumerate(source.splitlines(), start=1):
        if MARKER_LIKE.match(line) or BEGIN in line or END in line:
            raise BuildError(f"{where}, line {number}: a solution marker outside a code cell")


def _split(source: str, where: str) -> list[str | Part]:
    """The kept lines and the exercise parts of a cell, in order."""
    pieces: list[str | Part] = []
    opened: int | None = None
    lines = source.split("\n")
    for number, line in enumerate(lines, start=1):
        marker = line.strip() if MARKER_LIKE.match(line) else None
        if marker not in (None, BEGIN, END):
            raise BuildError(f"{where}, line {number}: write '{BEGIN}' or '{END}', not '{marker}'")
        if marker == BEGIN and opened is not None:
            raise BuildError(
                f"{where}, line {number}: BEGIN inside the part that began in line {opened}"
            )
        if marker == BEGIN:
            opened = number
        elif marker == END:
            if opened is None:
                raise BuildError(f"{where}, line {number}: END without a BEGIN before it")
            pieces.append(_part(lines[opened - 1 : number], opened, where))
            opened = None
        elif opened is None:
            if line.lstrip().startswith(SCAFFOLD):
                raise BuildError(f"{where}, line {number}: a scaffold line outside a solution")
            pieces.append(line)
    if opened is not None:
        raise BuildError(f"{where}, line {opened}: BEGIN without an END after it")
    return pieces


def _part(lines: list[str], first: int, where: str) -> Part:
    """`lines` from BEGIN to END inclusive; `first` is the number of the first in its cell."""
    body = lines[1:-1]
    scaffold_length = 0
    while scaffold_length < len(body) and body[scaffold_length].lstrip().startswith(SCAFFOLD):
        scaffold_length += 1
    scaffold, code = body[:scaffold_length], body[scaffold_length:]
    for number, line in enumerate(code, start=first + 1 + scaffold_length):
        if line.lstrip().startswith(SCAFFOLD):
            raise BuildError(f"{where}, line {number}: a scaffold stands right after BEGIN")
    statements = [line for line in code if line.strip() and not line.lstrip().startswith("#")]
    if not statements:
        raise BuildError(f"{where}, line {first}: the solution is empty")
    indents = {_indent(line) for line in (lines[0], *scaffold, statements[0], lines[-1])}
    if len(indents) > 1:
        raise BuildError(
            f"{where}, line {first}: BEGIN, END, scaffold and first line of code need one indent"
        )
    indent = indents.pop()
    return Part(
        first,
        indent,
        tuple(_scaffold_line(line, indent) for line in scaffold) or None,
        tuple(code),
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _scaffold_line(line: str, indent: str) -> str:
    return (indent + line.strip().removeprefix(SCAFFOLD).removeprefix(" ")).rstrip()


def _stubs(pieces: list[str | Part], where: str) -> list[tuple[str, ...]]:
    """The stub lines of each part.

    Where a part without scaffold stood, the rest of the cell is parsed with a made-up name in its
    place: the syntax tree then says whether the place is inside a function or class.
    """
    parts = [piece for piece in pieces if isinstance(piece, Part)]
    scaffolds = [part.scaffold for part in parts if part.scaffold]
    if len(scaffolds) == len(parts):
        return scaffolds  # also for cells that are not Python
    places: dict[int, str] = {}  # by position in `pieces`
    rest: list[str] = []
    for position, piece in enumerate(pieces):
        if isinstance(piece, str):
            rest.append(piece)
        elif piece.scaffold:
            rest += piece.scaffold
        else:
            places[position] = f"_place_of_part_{position}"
            rest.append(piece.indent + places[position])
    first = f"{where}, line {min(part.line for part in parts if not part.scaffold)}"
    tree = _parse(rest, f"{first}: the cell without its solution")
    read = _read_names(tree)
    if not read.issuperset(places.values()):
        raise BuildError(
            f"{first}: under a cell magic or in a string, a solution needs a scaffold (#| lines)"
        )
    local = _names_inside_definitions(tree)
    return [
        piece.scaffold or _stub(piece, () if places[position] in local else read, where)
        for position, piece in enumerate(pieces)
        if isinstance(piece, Part)
    ]


def _stub(part: Part, wanted: Iterable[str], where: str) -> tuple[str, ...]:
    if not wanted:
        return (part.indent + "...",)
    tree = _parse(part.code, f"{where}, line {part.line}: the solution")
    names = [name for name in dict.fromkeys(_bound_names(tree)) if name in wanted]
    return tuple(f"{part.indent}{name} = ..." for name in names) or (part.indent + "...",)


def _parse(lines: Iterable[str], what: str) -> ast.Module:
    text = textwrap.dedent("\n".join(lines)) + "\n"
    try:
        return ast.parse(TransformerManager().transform_cell(text))
    except SyntaxError as error:
        raise BuildError(f"{what} is not Python: {error.msg}") from error


def _read_names(tree: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    }


def _names_inside_definitions(tree: ast.AST) -> set[str]:
    inside: set[str] = set()
    for definition in ast.walk(tree):
        if isinstance(definition, DEFINITIONS):
            inside = inside.union(*map(_read_names, definition.body))
    return inside


def _bound_names(node: ast.AST) -> Iterator[str]:
    """Names that the module itself binds, in the order of the text, some more than once.

    `symtable` knows them too, but from Python 3.12 on it counts the variable of a comprehension
    as the module's, and the same lesson would get another stub.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, DEFINITIONS):
            yield child.name
        elif not isinstance(child, NAMES_OF_THEIR_OWN):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id
            yield from _bound_names(child)
