"use strict";
// Tables of data: sorted by a click on the head of a column, and shown in pages.

const PAGE = 20;

function compare(a, b) {
  const [x, y] = [a, b].map((text) => (text.trim() === "" ? NaN : Number(text)));
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, { numeric: true }) : x - y;
}

function sortable(table, show) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.querySelector("input")) return; // what ticks all rows
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const backwards = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", backwards ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      const text = (row) => row.cells[column]?.textContent ?? "";
      rows.sort((a, b) => (backwards ? -1 : 1) * compare(text(a), text(b)));
      table.tBodies[0].append(...rows);
      show(0);
    });
  });
}

function paged(table) {
  const rows = () => [...table.tBodies[0].rows];
  const total = rows().length;
  if (total <= PAGE) return () => {};
  const bar = document.createElement("p");
  bar.className = "pages";
  const [back, said, on] = ["button", "span", "button"].map((tag) => document.createElement(tag));
  Object.assign(back, { type: "button", className: "quiet", textContent: "Previous rows" });
  Object.assign(on, { type: "button", className: "quiet", textContent: "Next rows" });
  said.setAttribute("role", "status");
  bar.append(back, " ", said, " ", on);
  (table.closest(".wide") ?? table).after(bar);
  let first = 0;
  const show = (from) => {
    first = from;
    rows().forEach((row, number) => { row.hidden = number < from || number >= from + PAGE; });
    said.textContent = `Rows ${from + 1} to ${Math.min(from + PAGE, total)} of ${total}`;
    back.disabled = from === 0;
    on.disabled = from + PAGE >= total;
  };
  back.addEventListener("click", () => show(Math.max(0, first - PAGE)));
  on.addEventListener("click", () => show(first + PAGE));
  show(0);
  return show;
}

function tables(part) {
  for (const table of part.querySelectorAll("table.data")) {
    if (table.tHead && !table.querySelector("button.sort")) sortable(table, paged(table));
  }
}
