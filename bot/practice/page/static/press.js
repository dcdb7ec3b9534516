// Pressing, choosing and typing in Block Kit. A press sends the element as it was drawn, as Slack's screen does.
import { ask, attempt, complain } from "./control.js";

const placeOf = (element) => JSON.parse(element.closest("[data-surface]").dataset.surface);

export function heldIn(element) {
  const kind = element.dataset.held;
  if (kind === "radio_buttons") return element.querySelector("input:checked")?.value ?? "";
  if (kind === "checkboxes" || kind.startsWith("multi_")) {
    return [...element.querySelectorAll("input:checked")].map((input) => input.value);
  }
  return element.value;
}

// Slack's question before something counts.
function sure(element) {
  const box = element.dataset.confirm && document.getElementById(element.dataset.confirm);
  if (!box) return Promise.resolve(true);
  return new Promise((answer) => {
    box.returnValue = "";
    box.showModal();
    box.querySelector("[data-yes]").onclick = () => box.close("yes");
    box.querySelector("[data-deny]").onclick = () => box.close("no");
    box.addEventListener("close", () => answer(box.returnValue === "yes"), { once: true });
  });
}

async function press(element, chosen) {
  if ("busy" in element.dataset) return false;
  const place = placeOf(element);
  const act = JSON.parse(element.dataset.act);
  if (!(await sure(element))) return false;
  element.dataset.busy = "";
  element.setAttribute("aria-busy", "true");
  try {
    if (place.view) await fill(element.closest("[data-surface]"));
    const done = await ask("press", { ...place, ...act, chosen });
    if (done.error) complain(done.error);
    return true;
  } catch (problem) {
    complain(problem.message);
    return false;
  } finally {
    delete element.dataset.busy;
    element.removeAttribute("aria-busy");
  }
}

const sent = new WeakMap(); // element -> what the workspace knows that it holds
const waiting = new WeakMap(); // element -> the timer after which it is told what was typed

async function fillOne(element) {
  clearTimeout(waiting.get(element));
  const value = heldIn(element);
  const known = JSON.stringify(value);
  if (sent.get(element) === known) return;
  await ask("fill", { place: JSON.parse(element.dataset.placeIn), value });
  sent.set(element, known);
}

// Everything typed on this surface, so that what happens next knows of it.
export async function fill(surface) {
  for (const element of surface.querySelectorAll("[data-place-in][data-typed]")) await fillOne(element);
}

function typed(element) {
  element.dataset.typed = "";
  sent.delete(element);
  clearTimeout(waiting.get(element));
  waiting.set(
    element,
    setTimeout(() => fillOne(element).catch(() => {}), 250),
  );
}

// Arrow keys walk through a select, and digits through a date: what stands there counts on Enter, or when it is left.
const WALKED = ":is(select, input[type=date], input[type=time], input[type=datetime-local])[data-held]";
let walking = null;

async function chose(element) {
  if ("busy" in element.dataset) {
    element.dataset.again = ""; // what is chosen while the app still hears of the last choice is told next
    return;
  }
  const before = element.dataset.before;
  const value = heldIn(element);
  if (element.dataset.placeIn) element.dataset.typed = "";
  const done = await press(element, value);
  if (!done && element.matches(WALKED) && before !== undefined) element.value = before;
  element.dataset.before = element.value ?? "";
  if ("again" in element.dataset) {
    delete element.dataset.again;
    await chose(element);
  }
}

export function wirePresses() {
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-act]");
    if (!element || element.dataset.held) return;
    // A link button opens its address by itself, and the app hears of it.
    if ("link" in element.dataset) attempt(() => ask("press", { ...placeOf(element), ...JSON.parse(element.dataset.act), chosen: element.dataset.chosen }));
    else press(element, element.dataset.chosen);
  });
  document.addEventListener("focusin", (event) => {
    const select = event.target.closest?.(WALKED);
    if (select) select.dataset.before = select.value;
  });
  document.addEventListener("keydown", (event) => {
    const element = event.target.closest?.("[data-held]");
    if (!element) return;
    if (element.matches(WALKED) && "tells" in element.dataset) {
      if (event.key === "Enter" && walking === element) {
        event.preventDefault();
        walking = null;
        chose(element);
      } else if (event.key !== "Tab") walking = element;
    }
    const enters = element.matches("input[data-tells]") && element.dataset.held.endsWith("_input");
    if (enters && event.key === "Enter") {
      event.preventDefault();
      chose(element);
    }
  });
  document.addEventListener("pointerdown", () => (walking = null));
  document.addEventListener("focusout", (event) => {
    if (walking && event.target === walking) {
      const element = walking;
      walking = null;
      if (element.value !== element.dataset.before) chose(element);
    }
  });
  document.addEventListener("input", (event) => {
    const element = event.target.closest("[data-held]");
    if (element?.dataset.placeIn) typed(element);
  });
  document.addEventListener("change", (event) => {
    const element = event.target.closest("[data-held]");
    if (!element) return;
    const most = Number(element.dataset.atMost);
    if (most && heldIn(element).length > most) {
      event.target.checked = false;
      complain(`At most ${most} can be chosen.`);
      return;
    }
    const text = element.dataset.held.endsWith("_input");
    if ("tells" in element.dataset && !text && walking !== element) chose(element);
  });
}
