// The control API: every gesture is a POST with a header that no other page can send.
export const person = document.body.dataset.person;

export class Refused extends Error {}

export async function ask(what, asked = {}) {
  let answer;
  try {
    answer = await fetch(`/practice/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Practice": "page" },
      body: JSON.stringify({ person, ...asked }),
    });
  } catch {
    throw new Refused("The practice workspace does not answer. Is the demo still running?");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.problem || `That did not work (${answer.status}).`);
  return told;
}

const said = document.getElementById("say");

// For screen readers: polite, and again even if the words are the same.
export function say(words) {
  const line = document.createElement("p");
  line.textContent = words;
  said.append(line);
  while (said.children.length > 4) said.firstChild.remove();
}

const trouble = document.getElementById("trouble");
let fading;

// What went wrong, where it is seen: in the modal in front, else at the foot of the page.
export function complain(words) {
  const modal = [...document.querySelectorAll("dialog.modal[open]")].pop();
  const strip = modal?.querySelector("[data-strip]");
  if (strip) {
    strip.textContent = words;
    return;
  }
  clearTimeout(fading);
  trouble.textContent = words;
  trouble.dataset.shown = "";
  fading = setTimeout(() => {
    trouble.textContent = "";
    delete trouble.dataset.shown;
  }, 12000);
}

export async function attempt(work) {
  try {
    return await work();
  } catch (problem) {
    complain(problem.message);
    return null;
  }
}
