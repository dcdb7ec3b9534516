// Where people write: Enter sends, Shift+Enter is a new line, and a slash brings up what can be said.
import { ask, say } from "./control.js";

const OURS = [{ insert: "/invite @", label: "/invite", help: "Bring somebody into this channel" }];

function offers(form, typed) {
  if (!form.dataset.words || !typed.startsWith("/") || typed.includes("\n")) return [];
  const { command, description, words } = JSON.parse(form.dataset.words);
  const all = [
    { insert: `${command} `, label: command, help: description },
    ...words.map((one) => ({ insert: `${command} ${one}`, label: `${command} ${one}`, help: "" })),
    ...OURS,
  ];
  return all.filter((one) => one.label.startsWith(typed.trimEnd()) && one.insert !== typed);
}

class Composer {
  constructor(form) {
    this.form = form;
    this.text = form.querySelector("textarea");
    this.list = form.querySelector(".suggestions");
    this.now = -1;
  }

  suggest() {
    const found = offers(this.form, this.text.value);
    this.now = -1;
    this.list.replaceChildren(
      ...found.map((one, index) => {
        const item = document.createElement("li");
        item.id = `${this.list.id}-${index}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.insert = one.insert;
        const label = document.createElement("strong");
        label.textContent = one.label;
        item.append(label, ` ${one.help}`);
        return item;
      }),
    );
    this.show(found.length > 0);
  }

  show(open) {
    this.list.hidden = !open;
    if (open) say(`${this.list.children.length} suggestions, arrow down to choose`);
    if (!open) this.text.removeAttribute("aria-activedescendant");
  }

  step(by) {
    const all = [...this.list.children];
    this.now = (this.now + by + all.length) % all.length;
    all.forEach((item, index) => item.setAttribute("aria-selected", String(index === this.now)));
    all[this.now].scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", all[this.now].id);
  }

  take(item) {
    this.text.value = item.dataset.insert;
    this.text.focus();
    this.suggest();
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 200)}px`;
  }

  async send() {
    const text = this.text.value.trim();
    if (!text || "busy" in this.form.dataset) return;
    this.form.dataset.busy = "";
    const box = this.form.parentElement.querySelector("[data-answer]");
    box.textContent = "";
    this.show(false);
    try {
      const done = await ask("type", {
        channel: this.form.dataset.channel,
        text,
        thread_ts: this.form.dataset.thread || null,
      });
      if (done.error) box.textContent = done.error;
      if (this.text.value.trim() === text && !(done.error && done.ack === null)) this.text.value = "";
      this.grow();
    } catch (problem) {
      box.textContent = problem.message;
    } finally {
      delete this.form.dataset.busy;
    }
  }

  key(event) {
    const open = !this.list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.step(event.key === "ArrowDown" ? 1 : -1);
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      this.show(false);
    } else if (open && this.now >= 0 && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      this.take(this.list.children[this.now]);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }
}

const known = new WeakMap();

function composerOf(target) {
  const form = target.closest?.("[data-composer]");
  if (!form) return null;
  if (!known.has(form)) known.set(form, new Composer(form));
  return known.get(form);
}

export function wireComposers() {
  document.addEventListener("input", (event) => {
    const composer = composerOf(event.target);
    composer?.suggest();
    composer?.grow();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("[data-composer] textarea")) composerOf(event.target).key(event);
  });
  document.addEventListener("submit", (event) => {
    const composer = composerOf(event.target);
    if (!composer) return;
    event.preventDefault();
    composer.send();
  });
  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest(".suggestions [role=option]");
    if (!item) return;
    event.preventDefault();
    composerOf(item).take(item);
  });
  document.addEventListener("focusout", (event) => composerOf(event.target)?.show(false));
}
