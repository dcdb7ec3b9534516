// What changes arrives as parts of the page and items of its lists. Whatever somebody types, holds open or looks at stays.
import { ask, person, say } from "./control.js";
import { isLost, remember } from "./keys.js";
import { openModals } from "./modals.js";
import { Idiomorph } from "./vendor/idiomorph.js";

const OWNED = ["value", "checked", "selected", "open"]; // by whoever sits here, once an element is there
const SHOWN = ["aria-expanded", "data-busy", "data-again", "aria-busy", "hidden"]; // by our own scripts

const callbacks = {
  beforeNodeMorphed(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE || !old.id || old.id !== fresh.id) return true;
    if (old.matches("textarea, select, input")) {
      for (const name of ["aria-invalid", "aria-describedby", "data-act", "placeholder"]) {
        if (fresh.hasAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
        else old.removeAttribute(name);
      }
      // The same select with other things to choose from is drawn anew; with the same, it keeps what was chosen.
      const choices = (one) => [...one.options].map((option) => `${option.value}\n${option.text}`).join("\n");
      return old.tagName === "SELECT" && choices(old) !== choices(fresh);
    }
    // What was read from the server on opening stays below a request that is open.
    if (old.matches(".request") && old.querySelector("details[open]")) return false;
    return true;
  },
  beforeAttributeUpdated(name, element, kind) {
    if (OWNED.includes(name) && element.matches("input, textarea, option, dialog, details")) return false;
    if (SHOWN.includes(name) && kind === "remove") return false;
    if (name === "aria-expanded" && element.matches("[popovertarget], [data-menu], [data-drawer]")) return false;
    return true;
  },
};

function morph(place, html, style) {
  Idiomorph.morph(place, html, { morphStyle: style, callbacks, restoreFocus: true });
}

// Where somebody stood whose button is gone: nobody is thrown to the top of the page.
function keepingFocus(work) {
  const back = remember();
  work();
  if (isLost()) back();
}

const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
const newer = document.getElementById("newer");

export function toEnd(box) {
  box.scrollTop = box.scrollHeight;
}

function place(box, { order, items }, first) {
  const stays = box.id !== "requests" && atEnd(box);
  const there = new Map([...box.children].map((child) => [child.dataset.key, child]));
  const wanted = new Set(order);
  for (const [key, child] of there) if (!wanted.has(key)) child.remove();
  let cursor = box.firstElementChild;
  for (const key of order) {
    const html = items[key];
    let child = there.get(key);
    if (!child) {
      const held = document.createElement("template");
      held.innerHTML = html;
      child = held.content.firstElementChild;
      box.insertBefore(child, cursor);
      child.classList.add("fresh");
      if (child.dataset.said && !first) say(child.dataset.said);
      if (!first && !stays && newer && box.id === "messages") newer.hidden = false;
    } else {
      if (html !== undefined) morph(child, html, "outerHTML");
      child = document.getElementById(key) ?? child;
      if (child !== cursor) box.insertBefore(child, cursor);
    }
    cursor = child.nextElementSibling;
  }
  if (stays) toEnd(box);
}

function apply({ parts, lists, say: calls }, first) {
  keepingFocus(() => {
    for (const [name, html] of Object.entries(parts)) {
      const box = document.getElementById(name);
      if (box) morph(box, html, "innerHTML");
    }
    for (const [name, list] of Object.entries(lists)) {
      const box = document.getElementById(name);
      if (box) place(box, list, first);
    }
    openModals();
  });
  calls.forEach(say);
  haveRead();
}

// A channel counts as read while it is before somebody's eyes.
let read = "";
export function haveRead() {
  const box = document.getElementById("messages");
  if (!box || document.hidden) return;
  const last = [...box.querySelectorAll("[data-ts]")].pop()?.dataset.ts ?? "";
  if (!last || last <= read) return;
  read = last;
  ask("seen", { channel: document.body.dataset.place, ts: last }).catch(() => {
    read = "";
  });
}

export function watch() {
  const source = new EventSource(document.body.dataset.live);
  const lost = document.createElement("p");
  lost.className = "away lost";
  lost.textContent = "The practice workspace does not answer. This page goes on by itself when it is back.";
  let first = true;
  source.addEventListener("open", () => {
    lost.remove();
    first = true;
    document.documentElement.dataset.ready = "";
  });
  source.addEventListener("message", (event) => {
    apply(JSON.parse(event.data), first);
    first = false;
    document.documentElement.dataset.live = "";
  });
  source.addEventListener("error", () => {
    document.body.prepend(lost);
    delete document.documentElement.dataset.live;
    if (source.readyState === EventSource.CLOSED) setTimeout(watch, 2000);
  });
  window.addEventListener("pagehide", () => source.close());
  document.addEventListener("visibilitychange", haveRead);
  haveRead();
  if (document.querySelector("[data-home]")) ask("open_home", { person }).catch(() => {});
}
