"use strict";
// What HTML can't do: follow the links of kfp.Client and of the genuine front end, whose address is
// after a #; show what has changed; say times in the reader's zone; tick all; say that a table goes
// on. (graph.js has the picture, table.js the tables of data.)

const route = /^#(\/(?:pipelines|pipeline_versions|runs|experiments|archive|compare|recurringruns?|artifacts|executions|start)(?:[/?].*)?)$/;

// Below the prefix of a proxy, too.
const root = new URL("..", document.querySelector("link[rel=icon]").href);

function follow() {
  const found = route.exec(location.hash);
  if (!found) return;
  // an execution of a run is shown on the run's page
  const path = found[1].replace(/^(\/runs\/details\/[^/?]+)\/execution\/[^/?]*/, "$1");
  location.replace(new URL(`.${path}`, root));
}

// Each element with data-live is taken over from the page as the server gives it now, if it differs
// from what the server gave before: what the reader has opened or marked elsewhere stays.
const QUICK = 250;

function parts(page) {
  return new Map([...page.querySelectorAll("[data-live]")].map((part) => [part.id, part]));
}

function source(page) {
  return new Map([...parts(page)].map(([id, part]) => [id, part.outerHTML]));
}

const key = (part) => part.getAttribute("href") ?? (part.value || part.textContent);

function take(old, fresh) {
  const end = old.scrollHeight - old.scrollTop - old.clientHeight < 40;
  const grown = old.tagName === "PRE" && fresh.textContent.startsWith(old.textContent);
  if (grown && fresh.children.length) { // a line each; the last one may have been half of one
    const known = Math.max(0, old.children.length - 1);
    old.replaceChildren(...[...old.children].slice(0, known), ...[...fresh.children].slice(known));
  } else if (grown && !old.children.length) {
    old.append(fresh.textContent.slice(old.textContent.length));
  } else if (old.outerHTML !== fresh.outerHTML) {
    const names = "a, button, input, select, summary";
    const focused = old.contains(document.activeElement) && key(document.activeElement);
    const ticked = new Set([...old.querySelectorAll("input:checked")].map(key));
    const place = [old.scrollLeft, old.scrollTop];
    old.replaceChildren(...fresh.childNodes);
    [old.scrollLeft, old.scrollTop] = place;
    for (const box of old.querySelectorAll("input[type=checkbox]")) box.checked = ticked.has(key(box));
    if (focused) [...old.querySelectorAll(names)].find((part) => key(part) === focused)?.focus({ preventScroll: true });
    enhance(old);
    old.dispatchEvent(new Event("drawn", { bubbles: true }));
  }
  if (old.tagName === "PRE" && end) old.scrollTop = old.scrollHeight;
}

async function poll(before) {
  const began = performance.now();
  let after = before;
  let pace = Number(document.querySelector("[data-poll]").dataset.poll) || QUICK;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { cache: "no-cache" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        after = source(page);
        pace = Number(page.querySelector("[data-poll]")?.dataset.poll);
        const fresh = parts(page);
        for (const [id, part] of parts(document)) {
          if (fresh.has(id) && after.get(id) !== before.get(id)) take(part, fresh.get(id));
        }
      }
    } catch {
      // The server is away: ask again, more slowly.
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
  // A page that takes long to make is asked for less often, so that the run has the machine.
  if (pace) setTimeout(poll, Math.max(pace, 4 * (performance.now() - began)), after);
}

// Times as the reader's clock has them; UTC on hover.
const two = (number) => String(number).padStart(2, "0");

function local(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.valueOf())) continue;
    const date = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join("-");
    const clock = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(":");
    time.title ||= time.textContent;
    time.textContent = `${date} ${clock}`;
  }
}

function tickAll(part) {
  for (const all of part.querySelectorAll("input.all")) {
    all.hidden = false;
    const table = all.closest("table");
    const boxes = [...table.tBodies[0].querySelectorAll("input[type=checkbox]")];
    const agree = () => {
      const count = boxes.filter((box) => box.checked).length;
      [all.checked, all.indeterminate] = [count === boxes.length, count > 0 && count < boxes.length];
    };
    all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
    table.addEventListener("change", agree);
    agree();
  }
}

// A visualization on the whole screen.
function enlarged(part) {
  if (!document.fullscreenEnabled) return;
  for (const look of part.querySelectorAll(".look:not(:has(.enlarge))")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet enlarge", textContent: "Full screen" });
    button.setAttribute("aria-label", `Full screen: ${look.querySelector("h3").textContent}`);
    button.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else look.requestFullscreen();
    });
    look.querySelector("h3").after(button);
  }
}

// What is done with ticked rows is off until as many are ticked as it takes.
function count() {
  for (const button of document.querySelectorAll("button[data-ticks]")) {
    const [least, most = Infinity] = button.dataset.ticks.split("-").map(Number);
    const ticked = button.form.querySelectorAll("tbody input:checked").length;
    button.disabled = ticked < least || ticked > most;
  }
}

function goesOn() {
  for (const wide of document.querySelectorAll(".wide")) {
    const more = wide.scrollWidth > wide.clientWidth + 1;
    const said = wide.previousElementSibling?.classList.contains("goes-on");
    if (more && !said) {
      const note = document.createElement("p");
      note.className = "hint goes-on";
      note.textContent = "The table goes on to the right: scroll it.";
      wide.before(note);
    } else if (!more && said) wide.previousElementSibling.remove();
  }
}

function enhance(part) {
  local(part);
  tickAll(part);
  tables(part);
  enlarged(part);
  goesOn();
  count();
}

// The menu gives its room to the page, here and on the next page.
function menu() {
  const button = document.getElementById("menu");
  const show = (open) => {
    document.body.classList.toggle("narrow", !open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "\u2039" : "\u203a";
  };
  button.hidden = false;
  show(localStorage.getItem("menu") !== "closed");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") === "false";
    localStorage.setItem("menu", open ? "open" : "closed");
    show(open);
  });
}

// What asks first is closed by Escape, and by a click beside it.
function leave(event) {
  const left = event.type === "keydown" && event.key === "Escape";
  for (const asking of document.querySelectorAll("details.confirm[open]")) {
    if (!left && (event.type === "keydown" || asking.contains(event.target))) continue;
    if (left) asking.querySelector("summary").focus();
    asking.open = false;
  }
}

addEventListener("keydown", leave);
addEventListener("click", leave);
addEventListener("hashchange", follow);
follow();
addEventListener("resize", goesOn);
addEventListener("change", count);
document.addEventListener("toggle", goesOn, true);

const before = source(document);
enhance(document);
menu();
const zone = document.getElementById("times");
if (zone) zone.textContent = `Times are those of your zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}; in UTC on hover.`;
const log = document.querySelector("pre.log");
if (log) log.scrollTop = log.scrollHeight;
if (document.querySelector("[data-poll]")) setTimeout(poll, QUICK, before);
