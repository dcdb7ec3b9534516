// Modals are real dialogs, one on the other. The workspace says which are open; here they get the focus and give it back.
import { ask, attempt, complain, say } from "./control.js";
import { remember } from "./keys.js";
import { fill } from "./press.js";

let back = null; // to where somebody was when the first modal came
let count = 0;

function firstField(dialog) {
  return (
    dialog.querySelector("[data-focus]") ??
    dialog.querySelector("[data-held]:is(input, textarea, select), [data-held] input") ??
    dialog.querySelector("h2")
  );
}

export function openModals() {
  const open = [...document.querySelectorAll("dialog.modal")];
  for (const dialog of open) {
    if (dialog.open) continue;
    back ??= remember();
    dialog.showModal();
    firstField(dialog)?.focus();
  }
  if (open.length < count) {
    const below = open.at(-1);
    if (below) firstField(below)?.focus();
    else {
      if (!back?.()) (document.getElementById("write") ?? document.getElementById("main"))?.focus({ preventScroll: true });
      back = null;
    }
  }
  count = open.length;
}

function toError(dialog) {
  const wrong = dialog.querySelector('[aria-invalid="true"]');
  const field = wrong?.matches("fieldset") ? wrong.querySelector("input") : wrong;
  field?.focus();
  return Boolean(wrong);
}

let sending = null; // what was sent and is not answered yet; tells whether its modal is still open then

// Whether it is still open then.
async function submit(dialog) {
  const form = dialog.querySelector("form");
  form.dataset.busy = "";
  dialog.querySelector("[data-strip]").textContent = "";
  try {
    await fill(dialog);
    const done = await ask("submit");
    if (done.error) complain(done.error);
    else if (!done.ok) {
      // The errors arrive with the next change; then to the first of them.
      for (let look = 0; look < 20 && !toError(dialog); look += 1) await new Promise((next) => setTimeout(next, 50));
    } else if (dialog.isConnected && done.modal?.id === dialog.id) {
      dialog.querySelector("h2").focus();
      say(done.modal.title);
    }
    return !done.ok || done.modal?.id === dialog.id;
  } catch (problem) {
    complain(problem.message);
    return true;
  } finally {
    delete form.dataset.busy;
    sending = null;
  }
}

// Closing takes nothing back: what was sent before goes first.
async function close() {
  if (sending ? await sending : true) await ask("close");
}

export function wireModals() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-modal]");
    if (!form) return;
    event.preventDefault();
    sending ??= submit(form.closest("dialog"));
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) attempt(close);
  });
  document.addEventListener(
    "cancel",
    (event) => {
      if (!event.target.matches("dialog.modal")) return;
      event.preventDefault();
      attempt(close);
    },
    true,
  );
  openModals();
}
