// The keyboard's ways about the page, and how nobody who uses them is thrown back to its top.

// Where somebody is now. The function it gives leads back there, or as near as is left of it: true if that worked.
export function remember() {
  const element = document.activeElement;
  const around = [];
  for (let one = element; one && one !== document.body; one = one.parentElement) if (one.id) around.push(one.id);
  const focuses = (one) => {
    one?.focus({ preventScroll: true });
    return Boolean(one) && document.activeElement === one;
  };
  return () => {
    if (!around.length && !element?.isConnected) return false;
    if (element !== document.body && element.isConnected && focuses(element)) return true;
    return around.some((id) => {
      const near = document.getElementById(id);
      return focuses(near?.matches("dialog") ? near.querySelector("h2") : near);
    });
  };
}

export const isLost = () => !document.activeElement || document.activeElement === document.body;

// A link loads the page anew. Whoever pressed it by keyboard goes on where it led, not at the top: the first of the ids
// in `data-lands` that is there.
const KEPT = "lands";

export function landsOn(ids) {
  try {
    sessionStorage.setItem(KEPT, ids);
  } catch {
    // A browser that keeps nothing begins at the top.
  }
}

function land() {
  try {
    const ids = sessionStorage.getItem(KEPT);
    const there = ids?.split(" ").map((id) => document.getElementById(id)).find(Boolean);
    if (!there) return; // perhaps it is in the phone, which comes next
    sessionStorage.removeItem(KEPT);
    there.focus();
  } catch {
    // See above.
  }
}

// F6 goes from one part of the screen to the next, as in Slack.
const PARTS = ["#side-box", "#messages", "#home", "#write", "#replies", "#write-reply", "#panel", "#bar"];
const entrances = { "side-box": "#to", panel: "#panel-title", bar: "a, button" };

function nextPart(event) {
  if (event.key !== "F6" || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const parts = PARTS.map((part) => document.querySelector(part)).filter((part) => part?.checkVisibility({ visibilityProperty: true }));
  const now = parts.findIndex((part) => part.contains(document.activeElement));
  const by = event.shiftKey ? -1 : 1;
  const next = parts.at(now < 0 ? (by > 0 ? 0 : -1) : (now + by) % parts.length);
  (next?.querySelector(entrances[next.id] ?? ":not(*)") ?? next)?.focus();
}

// Arrow keys go from message to message.
function nextMessage(event) {
  const box = event.target.closest?.(".messages");
  if (!box || !event.target.matches(".messages, .message") || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...box.querySelectorAll(".message")];
  const now = all.indexOf(event.target);
  const next = { ArrowDown: now + 1, ArrowUp: now < 0 ? all.length - 1 : now - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  all[next]?.focus();
}

export function wireKeys() {
  land();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-lands]");
    if (link && event.detail === 0) landsOn(link.dataset.lands); // by keyboard: there is no pointer to count clicks of
  });
  document.addEventListener("keydown", nextPart);
  document.addEventListener("keydown", nextMessage);
}
