// Menus that drop from a button: More on a card, reactions, what can be done with a message.
import { ask, attempt } from "./control.js";

let opener = null; // of a menu that many buttons share
let message = null;

function beside(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + 4 + size.height < innerHeight;
  menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - size.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
}

const items = (menu) => [...menu.querySelectorAll("[role=menuitem]")];

function openerOf(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) ?? opener;
}

function open(menu, button) {
  menu.showPopover();
  beside(menu, button);
  button.setAttribute("aria-expanded", "true");
  (items(menu)[0] ?? menu.querySelector("a, button, [tabindex]"))?.focus();
}

function moved(event) {
  const menu = event.target.closest("[popover]");
  if (!menu || menu.getAttribute("role") !== "menu") return;
  const all = items(menu);
  const now = all.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Tab") {
    menu.hidePopover();
    return;
  }
  if (next === undefined) return;
  event.preventDefault();
  all.at(next % all.length)?.focus();
}

// Arrow keys walk along the buttons of a message; Tab passes all of them in one step.
function along(event) {
  const bar = event.target.closest(".actions[role=toolbar]");
  if (!bar || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const all = [...bar.querySelectorAll("a, button")];
  const next = all.at((all.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1)) % all.length);
  event.preventDefault();
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}

async function react(name) {
  await attempt(() => ask("react", { channel: message.channel, ts: message.message, name, toggle: true }));
}

export function wireMenus() {
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (menu.matches?.("[popover]") && event.newState === "closed") openerOf(menu)?.setAttribute("aria-expanded", "false");
    },
    true,
  );
  document.addEventListener("keydown", moved);
  document.addEventListener("keydown", along);
  document.addEventListener("click", (event) => {
    const shared = event.target.closest("[data-menu]");
    if (shared) {
      opener = shared;
      message = { ...shared.closest("[data-message]").dataset };
      open(document.getElementById(shared.dataset.menu), shared);
      return;
    }
    const own = event.target.closest("[popovertarget]");
    if (own) {
      event.preventDefault();
      const menu = document.getElementById(own.getAttribute("popovertarget"));
      if (menu.matches(":popover-open")) menu.hidePopover();
      else open(menu, own);
      return;
    }
    event.target.closest("[popover][role=dialog] a")?.closest("[popover]").hidePopover();
    const item = event.target.closest("[role=menuitem]");
    if (item) {
      const menu = item.closest("[popover]");
      const button = openerOf(menu);
      menu.hidePopover();
      button?.focus();
      if (item.dataset.react) react(item.dataset.react);
      if (item.dataset.shortcut) {
        attempt(async () => {
          const done = await ask("shortcut", {
            channel: message.channel,
            ts: message.message,
            callback_id: item.dataset.shortcut,
          });
          if (done.error) throw new Error(done.error);
        });
      }
      if ("copy" in item.dataset) {
        const address = new URL(location);
        address.hash = `m-${message.message}`;
        navigator.clipboard?.writeText(address.href);
      }
    }
    const again = event.target.closest("[data-react-now]");
    if (again) {
      const post = again.closest("[data-ts]");
      message = { channel: document.body.dataset.place, message: post.dataset.ts };
      react(again.dataset.reactNow);
    }
  });
}
