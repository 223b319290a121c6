"use strict";
// Two things that HTML can't do: follow the links of kfp.Client, whose address is after a #, and
// show what has changed while a run is in progress.

const route = /^#(\/(?:pipelines|pipeline_versions|runs|experiments|archive)(?:[/?].*)?)$/;

// Below the prefix of a proxy, too.
const root = new URL("..", document.querySelector("link[rel=icon]").href);

function follow() {
  const found = route.exec(location.hash);
  if (found) location.replace(new URL(`.${found[1]}`, root));
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

function take(old, fresh) {
  const end = old.scrollHeight - old.scrollTop - old.clientHeight < 40;
  if (old.tagName === "PRE" && fresh.textContent.startsWith(old.textContent)) {
    old.append(fresh.textContent.slice(old.textContent.length));
  } else if (old.outerHTML !== fresh.outerHTML) {
    const links = [...old.querySelectorAll("a, button")];
    const focused = links.indexOf(document.activeElement);
    const place = [old.scrollLeft, old.scrollTop];
    old.replaceChildren(...fresh.childNodes);
    [old.scrollLeft, old.scrollTop] = place;
    if (focused >= 0) old.querySelectorAll("a, button")[focused]?.focus({ preventScroll: true });
  }
  if (old.tagName === "PRE" && end) old.scrollTop = old.scrollHeight;
}

async function poll(before) {
  const began = performance.now();
  let after = before;
  let live = true;
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      after = source(page);
      live = Boolean(page.querySelector("[data-poll]"));
      const fresh = parts(page);
      for (const [id, part] of parts(document)) {
        if (fresh.has(id) && after.get(id) !== before.get(id)) take(part, fresh.get(id));
      }
    }
  } catch {
    // The server is away: ask again, more slowly.
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  // A page that takes long to make is asked for less often, so that the run has the machine.
  const pause = Math.max(QUICK, 4 * (performance.now() - began));
  if (live) setTimeout(poll, pause, after);
}

addEventListener("hashchange", follow);
follow();

// A graph that is larger than its place begins at the chosen step, or at the first of the list.
const picture = document.querySelector(".picture");
const first = document.querySelector("#steps a");
if (picture && first) {
  const links = [...picture.querySelectorAll("a")];
  const begin = picture.querySelector(".chosen") ?? links.find((link) => link.href.baseVal === first.getAttribute("href"));
  const [step, room] = [begin ?? picture, picture].map((part) => part.getBoundingClientRect());
  picture.scrollLeft = step.x + step.width / 2 - room.x - room.width / 2;
  picture.scrollTop = step.y - room.y - room.height / 2;
}
const log = document.querySelector("pre.log");
if (log) log.scrollTop = log.scrollHeight;
if (document.querySelector("[data-poll]")) poll(source(document));
