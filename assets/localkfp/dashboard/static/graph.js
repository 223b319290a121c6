"use strict";
// The picture of a graph: fit, zoom and pan by mouse, touch and keyboard. Its place scrolls, so
// panning by touch, wheel and arrow keys is the browser's own; the list of steps is folded.

const view = document.getElementById("view");
const tools = document.getElementById("zoom");
const LEAST = 0.1;
const MOST = 4;
let scale = 1;
let fits = view?.classList.contains("fits");

const drawn = () => view.querySelector("svg");
const natural = () => drawn().viewBox.baseVal;

// Zoom so that the place at x, y of the view stays where it is.
function zoom(to, x = view.clientWidth / 2, y = view.clientHeight / 2) {
  const old = drawn().getBoundingClientRect().width / natural().width;
  fits = false;
  view.classList.remove("fits");
  scale = Math.min(MOST, Math.max(LEAST, to));
  const [left, top] = [view.scrollLeft + x, view.scrollTop + y];
  size();
  view.scrollLeft = (left * scale) / old - x;
  view.scrollTop = (top * scale) / old - y;
  titles();
}

function size() {
  if (fits) return;
  const { width, height } = natural();
  drawn().setAttribute("width", width * scale);
  drawn().setAttribute("height", height * scale);
}

function fit() {
  const { width, height } = natural();
  zoom(Math.min(view.clientWidth / width, view.clientHeight / height, 1));
}

// The title of a group stays in sight while a part of the group is: a group is a translucent frame.
function titles() {
  if (!drawn()) return;
  const room = view.getBoundingClientRect();
  const factor = drawn().getBoundingClientRect().width / natural().width;
  for (const frame of drawn().querySelectorAll("rect[fill-opacity]")) {
    const words = [...frame.parentNode.querySelectorAll("text")];
    if (!words.length) continue;
    const box = frame.getBoundingClientRect();
    const wide = Math.max(...words.map((word) => word.getBBox().width)) * factor;
    const high = 24 * words.length * factor;
    const x = Math.min(Math.max(0, room.left - box.left), Math.max(0, box.width - wide - 24));
    const y = Math.min(Math.max(0, room.top - box.top), Math.max(0, box.height - high));
    for (const word of words) word.setAttribute("transform", `translate(${x / factor} ${y / factor})`);
  }
}

const does = { in: () => zoom(now() * 1.25), out: () => zoom(now() / 1.25), fit, whole: () => zoom(1) };
const now = () => drawn().getBoundingClientRect().width / natural().width;
const keys = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "whole" };

function start() {
  tools.hidden = false;
  tools.addEventListener("click", (event) => does[event.target.value]?.());
  view.addEventListener("keydown", (event) => {
    const verb = keys[event.key];
    if (!verb || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    does[verb]();
  });
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // else it scrolls
    event.preventDefault();
    const room = view.getBoundingClientRect();
    zoom(now() * Math.exp(-event.deltaY / 300), event.clientX - room.left, event.clientY - room.top);
  }, { passive: false });
  view.addEventListener("scroll", titles);
  drag();
  pinch();
  view.addEventListener("drawn", () => { size(); titles(); });
  titles();
}

function drag() {
  let from = null;
  let moved = false;
  view.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button) return;
    from = [event.clientX, event.clientY, view.scrollLeft, view.scrollTop];
    moved = false;
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = [event.clientX - from[0], event.clientY - from[1]];
    if (Math.abs(x) + Math.abs(y) > 5) moved = true;
    [view.scrollLeft, view.scrollTop] = [from[2] - x, from[3] - y];
  });
  addEventListener("pointerup", () => { from = null; });
  view.addEventListener("dragstart", (event) => event.preventDefault());
  // What ends a drag is no click on a step.
  view.addEventListener("click", (event) => { if (moved) event.preventDefault(); moved = false; }, true);
}

function pinch() {
  let apart = 0;
  let before = 1;
  const gap = ({ touches: [a, b] }) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  view.addEventListener("touchstart", (event) => {
    if (event.touches.length === 2) [apart, before] = [gap(event), now()];
  }, { passive: true });
  view.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const room = view.getBoundingClientRect();
    const [a, b] = event.touches;
    zoom((before * gap(event)) / apart, (a.clientX + b.clientX) / 2 - room.left, (a.clientY + b.clientY) / 2 - room.top);
  }, { passive: false });
}

// A graph that is larger than its place begins at the chosen step, or at the first of the list.
function begin() {
  const first = document.querySelector("#steps a");
  if (!first) return;
  const links = [...view.querySelectorAll("a")];
  const place = view.querySelector(".chosen") ?? links.find((link) => link.href.baseVal === first.getAttribute("href"));
  const [step, room] = [place ?? view, view].map((part) => part.getBoundingClientRect());
  view.scrollLeft = step.x + step.width / 2 - room.x - room.width / 2;
  view.scrollTop = step.y - room.y - room.height / 2;
}

function foldSteps() {
  const [button, list] = ["steps-toggle", "steps"].map((id) => document.getElementById(id));
  const fold = (folded) => {
    list.classList.toggle("folded", folded);
    button.setAttribute("aria-expanded", String(!folded));
  };
  button.hidden = false;
  button.addEventListener("click", () => fold(!list.classList.contains("folded")));
  fold(true);
}

if (view && drawn()) {
  start();
  begin();
  foldSteps();
}
