"""What a package's modules import, read from their sources: imports within functions too."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CLOCKS = {"now", "utcnow", "today"}  # of datetime and date


@dataclass(frozen=True)
class Import:
    """The module `importer` imports the module `imported`, or a name of it."""

    importer: str
    line: int
    imported: str

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def sources(root: Path, *packages: str) -> dict[str, str]:
    """The text of every module of these packages below `root`, by its dotted name."""
    files = sorted(file for package in packages for file in (root / package).rglob("*.py"))
    return {_dotted(file.relative_to(root)): file.read_text() for file in files}


def imports(modules: Mapping[str, str]) -> list[Import]:
    """Every import in these sources. Raises ValueError for a relative one, which the walls can't
    read without knowing the package."""
    return [each for module, text in modules.items() for each in _imports(module, text, modules)]


def room(module: str, package: str) -> str:
    """`workflow` of `localkfp.workflow.load` in `localkfp`; "" of the package itself, its face."""
    return module.removeprefix(package).lstrip(".").split(".")[0]


def upward(found: Sequence[Import], package: str, order: Sequence[str]) -> list[str]:
    """Arrows within `package` that don't lead to a room further down; `order` is from below."""
    height = {name: at for at, name in enumerate(order)}
    wrong = []
    for each in across(found, package, package):
        above, below = room(each.importer, package), room(each.imported, package)
        if above == below:
            continue
        if unknown := {above, below} - set(height):
            wrong.append(f"{each}: nothing says where {unknown.pop()} stands")
        elif height[below] > height[above]:
            wrong.append(f"{each}: {below or package} stands above {above}")
    return wrong


def impure(
    found: Sequence[Import], modules: Mapping[str, str], rooms: Collection[str]
) -> list[str]:
    """In these rooms (`localkfp.engine`): imports of what looks outside, calls of a clock."""
    wrong = [str(each) for each in found if _of(each.importer, rooms) and _outside(each.imported)]
    for module, text in modules.items():
        if _of(module, rooms):
            wrong += [
                f"{module}:{node.lineno} asks the clock by .{node.attr}"
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Attribute) and node.attr in CLOCKS
            ]
    return wrong


def across(found: Sequence[Import], importer: str, imported: str) -> list[Import]:
    """What modules of the package `importer` import of the package `imported`."""
    return [
        each for each in found if _of(each.importer, [importer]) and _of(each.imported, [imported])
    ]


def circles(found: Sequence[Import], modules: Collection[str]) -> list[str]:
    """Modules that import one another in a ring; an import within a function counts too."""
    leads = {module: set() for module in modules}
    for each in found:
        # to reach a module Python runs its packages first: going up to one's own is no ring
        if each.imported in leads and not _of(each.importer, [each.imported]):
            leads[each.importer].add(each.imported)
    return sorted({" -> ".join(ring) for module in leads if (ring := _ring(module, leads))})


OUTSIDE = set(
    "asyncio concurrent ctypes glob http multiprocessing os pathlib psutil random requests secrets "
    "shutil signal socket sqlite3 subprocess tempfile threading time tornado urllib uuid".split()
)


def _outside(name: str) -> bool:
    return name.split(".")[0] in OUTSIDE or name.startswith("localkfp.clock")


def _of(name: str, packages: Collection[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _ring(start: str, leads: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from `start` back to it, begun at its first name; empty where none is."""
    ways, seen = [[start]], set()
    for way in ways:
        for step in sorted(leads[way[-1]]):
            if step == start:
                first = way.index(min(way))
                ring = way[first:] + way[:first]
                return [*ring, ring[0]]
            if step not in seen:
                seen.add(step)
                ways.append([*way, step])
    return []


def _imports(module: str, text: str, modules: Mapping[str, str]) -> Iterator[Import]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{module}:{node.lineno}: write the whole name of the module")
            for alias in node.names:
                named = f"{node.module}.{alias.name}"
                yield Import(module, node.lineno, named if named in modules else str(node.module))


def _dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
