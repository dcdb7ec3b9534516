// Getting about: the switch between people, the drawer on a narrow screen, the theme, and where a channel is looked at.
import { landsOn } from "./keys.js";
import { toEnd } from "./live.js";
import { ask, attempt } from "./control.js";

const root = document.documentElement;

function switchPeople(select) {
  // With the keyboard the arrow keys walk through the names, and Enter goes; with the mouse a choice goes at once.
  let walking = false;
  const form = select.form;
  const me = select.value;
  form.dataset.wired = "";
  form.addEventListener("submit", () => {
    if (walking) landsOn("messages home main");
  });
  select.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") walking = true;
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.requestSubmit();
  });
  select.addEventListener("pointerdown", () => (walking = false));
  select.addEventListener("change", () => {
    form.toggleAttribute("data-other", select.value !== me); // shows the button, for whoever does not know of Enter
    if (!walking) form.requestSubmit();
  });
}

function drawer(button, open) {
  document.body.toggleAttribute("data-drawer-open", open);
  for (const one of document.querySelectorAll("[data-drawer]")) one.setAttribute("aria-expanded", String(open));
  if (open) document.getElementById("to").focus();
  else button?.focus();
}

function theme() {
  const button = document.getElementById("theme-switch");
  if (!button) return;
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => {
    button.setAttribute("aria-label", dark() ? "Dark. Switch to light" : "Light. Switch to dark");
    document.getElementById("theme-word").textContent = dark() ? "Dark" : "Light";
  };
  name();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Kept for this page alone.
    }
    name();
    const address = new URL(location);
    if (address.searchParams.delete("theme") ?? true) history.replaceState(null, "", address);
    document.querySelector("iframe")?.contentDocument?.documentElement.setAttribute("data-theme", root.dataset.theme);
  });
}

function whereToLook() {
  const pointed = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  for (const box of document.querySelectorAll(".messages")) toEnd(box);
  pointed?.scrollIntoView({ block: "center" });
  pointed?.focus({ preventScroll: true });
  const box = document.getElementById("messages");
  const newer = document.getElementById("newer");
  const line = document.getElementById("new");
  if (line && !pointed && line.getBoundingClientRect().top < box.getBoundingClientRect().top) {
    line.scrollIntoView({ block: "start" }); // more has come than fits: one reads on where one left off
    newer.hidden = false;
  }
  newer?.addEventListener("click", () => {
    toEnd(box);
    newer.hidden = true;
  });
  box?.addEventListener("scroll", () => {
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 80) newer.hidden = true;
  });
}

// The phone's frame holds a page of its own; the address of the page around it follows.
function inPhone() {
  if (window.parent === window || !("inner" in root.dataset)) return;
  const address = new URL(location);
  address.searchParams.delete("inner");
  address.searchParams.set("phone", "1");
  const outer = new URL(window.parent.location);
  for (const panel of ["behind", "try", "theme"]) {
    if (outer.searchParams.has(panel)) address.searchParams.set(panel, outer.searchParams.get(panel));
  }
  window.parent.history.replaceState(null, "", address);
  const theme = window.parent.document.documentElement.dataset.theme;
  if (theme) root.dataset.theme = theme;
}

export function wirePlaces() {
  inPhone();
  const select = document.getElementById("to");
  if (select) switchPeople(select);
  theme();
  whereToLook();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drawer]");
    if (button) drawer(button, !document.body.hasAttribute("data-drawer-open"));
    else if (document.body.hasAttribute("data-drawer-open") && !event.target.closest("#side-box")) drawer(null, false);
    const join = event.target.closest("[data-join]");
    if (join) attempt(() => ask("join", { channel: join.dataset.join }));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.hasAttribute("data-drawer-open")) {
      drawer(document.querySelector("[data-drawer]"), false);
    }
  });
  document.addEventListener(
    "toggle",
    async (event) => {
      const details = event.target;
      if (!details.matches?.("[data-detail]") || !details.open) return;
      const answer = await fetch(details.dataset.detail);
      details.querySelector("pre").textContent = await answer.text();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scene]");
    if (!button) return;
    button.dataset.busy = "";
    attempt(() => ask("scene", { key: button.dataset.scene })).finally(() => delete button.dataset.busy);
  });
}
