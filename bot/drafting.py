"""The drafting: what we know + the prompt -> the model -> a proposed wording. It proposes; guards and people decide."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from babel import Locale

from bot.core.guard import Outlet
from bot.core.personal import Personal
from bot.core.untrusted import fenced, masked, plain
from bot.core.wording import time_phrase
from bot.llm import Model
from bot.prompts import Prompts, RenderedPrompt

PROMPT = "draft"
POSTS = 8
"""Posts of strangers that the model reads; the rest says nothing new."""
POST = 500
CONTEXT = 2_000
"""Characters of a post, and of what our own people wrote, that the model reads."""


@dataclass(frozen=True, kw_only=True)
class Brief:
    """All that goes into a draft."""

    kind: str
    situation: str
    language: str
    company: str | None
    voice: str
    link: str | None
    contact: str | None
    promised_at: datetime | None
    zone: str
    now: datetime
    outlets: tuple[Outlet, ...] = ()
    context: str = ""
    """What the declarer typed: background, never a fact."""
    posts: tuple[str, ...] = ()
    """What strangers wrote."""
    answers: str | None = None
    """The account that a reply answers, with its @."""
    current: str = ""
    """The wording people are reading now."""
    wish: str | None = None
    """What whoever pressed `Redraft` asked for."""
    responsibility: bool = False


@dataclass(frozen=True)
class Draft:
    """A proposed wording, and where it comes from."""

    text: str
    prompt: str
    prompt_version: str
    model: str
    input_hash: str
    """SHA-256 of what the model was given."""


async def draft(model: Model, prompts: Prompts, brief: Brief) -> Draft:
    """A wording from the model. `Later` when it is unwell, `Unusable` when its answer is no text."""
    prompt = rendered(prompts, brief)
    proposal = await model.propose(prompt)
    given = sha256(f"{prompt.system}\n{prompt.user}".encode()).hexdigest()
    text = plain(proposal.text).strip()
    if brief.answers:
        text = text.replace(f"[{Personal.HANDLE}]", brief.answers)  # the model never saw whom it answers
    return Draft(text, prompt.name, prompt.version, proposal.model, given)


def rendered(prompts: Prompts, brief: Brief) -> RenderedPrompt:
    """The prompt for this brief. Personal data is masked in whatever people typed, strangers or not."""
    due = brief.promised_at
    return prompts.render(
        PROMPT,
        brief.kind,
        {
            "language": Locale(brief.language).get_display_name("en") or brief.language,
            "company": brief.company or "our company",
            "voice": brief.voice,
            "limits": "; ".join(f"{outlet.label}: {outlet.limit} characters" for outlet in brief.outlets) or "short",
            "time": time_phrase(due, brief.zone, brief.language, brief.now) if due else "none",
            "link": brief.link or "none",
            "contact": brief.contact or "none",
            "responsibility": _WE_TAKE_RESPONSIBILITY if brief.responsibility else _NO_RESPONSIBILITY,
            "current": fenced(masked(brief.current, ours=brief.contact or "")),
            "context": _data(brief.context, CONTEXT),
            "posts": "\n".join(_data(post, POST) for post in brief.posts[:POSTS]) or "nothing",
            "wish": _data(brief.wish or "", CONTEXT),
        },
    )


_NO_RESPONSIBILITY = (
    "Be sorry for what people go through, but take no responsibility: no fault, no mistake of ours, no repair, refund,"
    " compensation or guarantee. Only a person may decide that."
)
_WE_TAKE_RESPONSIBILITY = (
    "A person has decided that we take responsibility: say so in one plain sentence, and that we will put it right."
    " Promise no refund, sum or date."
)


def _data(text: str, limit: int) -> str:
    # Masked before it is cut, lest half a number be left over; cut before that, lest a long text take long.
    return fenced(masked(plain(text[: 2 * limit]))[:limit]) if text.strip() else "nothing"
