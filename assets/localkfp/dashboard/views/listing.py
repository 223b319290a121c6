"""A page of a list: by what it is sorted, how long it is, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localkfp.dashboard.links import NEWEST, PAGE_SIZE, address, list_query

SIZES = ("10", "20", "50", "100")
MOST_BEFORE = 100  # tokens in an address: a header has room for 64 KiB


@dataclass(frozen=True)
class Column:
    """The head of a column. `address` sorts by it, "" where nothing does; `order` is ascending,
    descending or ""."""

    label: str
    address: str = ""
    order: str = ""


@dataclass(frozen=True)
class Listing:
    """What was asked of a list at the address `here`; `kept` are its other arguments. A token leads
    on only, so `before` has those of the pages before this one but the first, which has none."""

    here: str
    kept: Mapping[str, str]
    sort: str = NEWEST
    size: str = str(PAGE_SIZE)
    token: str = ""
    before: tuple[str, ...] = ()
    total: int = 0
    next_token: str = ""

    sizes = SIZES

    def query(self, predicates: list[Mapping[str, str]]) -> dict[str, str]:
        return list_query(predicates, self.token, self.size, self.sort)

    def columns(self, heads: Sequence[tuple[str, str]]) -> list[Column]:
        """`heads`: label and the field of the API to sort by, or ""."""
        return [self._column(label, field) for label, field in heads]

    def _column(self, label: str, field: str) -> Column:
        if not field:
            return Column(label)
        words = self.sort.split()
        backwards = words[1:] == ["desc"]
        order = ("descending" if backwards else "ascending") if words[:1] == [field] else ""
        return Column(
            label, self._at(sort=field if order == "descending" else f"{field} desc"), order
        )

    def _at(self, **more: str) -> str:
        sort = "" if self.sort == NEWEST else self.sort
        size = "" if self.size == str(PAGE_SIZE) else self.size
        return address(self.here, **{**self.kept, "sort": sort, "size": size, **more})

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form that asks for another length gives along."""
        given = {**self.kept, "sort": "" if self.sort == NEWEST else self.sort}
        return [(name, value) for name, value in given.items() if value]

    @property
    def following(self) -> str:
        if not self.next_token:
            return ""
        before = (*self.before, self.token) if self.token else ()
        return self._at(page_token=self.next_token, before=",".join(before[-MOST_BEFORE:]))

    @property
    def previous(self) -> str:
        if not self.before:
            return self.first
        *before, token = self.before
        return self._at(page_token=token, before=",".join(before))

    @property
    def first(self) -> str:
        return self._at() if self.token else ""
