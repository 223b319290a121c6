"use strict";
// Compared runs: which of them are beside each other, which parts are open.

const compared = document.getElementById("compared");
let asked = 0;

// The ticked runs only, as the server puts them beside each other.
async function narrow() {
  const mine = ++asked;
  const address = `${compared.action}?${new URLSearchParams(new FormData(compared))}`;
  const answer = await fetch(address);
  if (!answer.ok || mine !== asked) return;
  const fresh = parts(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (mine !== asked) return;
  for (const [id, part] of parts(document)) if (fresh.has(id)) take(part, fresh.get(id));
  history.replaceState(null, "", address);
}

function filter(words) {
  for (const row of compared.querySelectorAll("tbody tr")) {
    row.hidden = !row.querySelector("a").textContent.toLowerCase().includes(words.toLowerCase());
  }
}

if (compared) {
  const [search, buttons] = [document.getElementById("q"), document.getElementById("parts")];
  search.closest("p").hidden = buttons.hidden = false;
  compared.querySelector(".unscripted").hidden = true;
  search.addEventListener("input", () => filter(search.value));
  compared.addEventListener("change", (event) => { if (event.target !== search) narrow(); });
  compared.addEventListener("submit", (event) => event.preventDefault());
  buttons.addEventListener("click", ({ target: { value, type } }) => {
    if (type !== "button") return;
    for (const part of document.querySelectorAll("details.part")) part.open = Boolean(value);
  });
  sortable(compared.querySelector("table"), () => {});
}
