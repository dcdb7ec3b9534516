"""Block Kit on one surface (a message, a modal, a home) as one person sees it: what the templates ask while they draw."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bot.practice.blocks import elements_of
from bot.practice.forms import initial, stateful
from bot.practice.mrkdwn import block_words
from bot.practice.nouns import JSON
from bot.practice.page import markup
from bot.practice.page.markup import Eyes

Choices = list[tuple[str, str]]
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


@dataclass
class Surface:
    """One set of blocks, what is held in its elements, and where a press on them belongs."""

    key: str
    """Of its element ids: unique on the page."""
    place: JSON
    """How the control API finds it: channel and ts, or view."""
    blocks: list[JSON]
    eyes: Eyes
    people: Choices
    channels: Choices
    values: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    level: int = 2
    """Of the headings on it, below that of the surface itself."""
    _met: Counter[str] = field(default_factory=Counter)

    @property
    def place_json(self) -> str:
        return json.dumps(self.place)

    @property
    def has_controls(self) -> bool:
        """Whether anything here takes the focus; what has nothing must take it itself, to be scrolled by keyboard."""
        return any(element["type"] != "image" for block in self.blocks for _place, element in elements_of(block))

    def drawn(self) -> Markup:
        """All of it as HTML."""
        self._met.clear()
        module: Any = TEMPLATES.get_template("blocks.html").module
        return Markup(module.blocks(self))  # noqa: S704 - drawn with autoescape

    # Words

    def words(self, text: JSON | None) -> Markup:
        return markup.words(text, self.eyes) if text else Markup()

    def bare(self, text: JSON | None) -> str:
        return markup.bare(text, self.eyes)

    def rich(self, block: JSON) -> Markup:
        return markup.rich(block, self.eyes)

    def markdown(self, block: JSON) -> Markup:
        """A markdown block; of Markdown we know what Slack's own markup knows, and headings."""
        text = re.sub(r"\[([^\]\n]+)\]\((\S+?)\)", r"<\2|\1>", block["text"])
        text = re.sub(r"^#{1,6} +(.+)$", r"*\1*", re.sub(r"\*\*(.+?)\*\*", r"*\1*", text), flags=re.MULTILINE)
        return markup.html(re.sub(r"^[-*] +", "• ", text, flags=re.MULTILINE), self.eyes)

    def link(self, address: str | None) -> str | None:
        return markup.link_target(address, self.eyes) if address else None

    def image(self, block: JSON) -> str | None:
        """The address of a picture, if it is one to be fetched."""
        return markup.safe_url(str(block.get("image_url", "")), markup.FETCHED)

    # Elements

    def named(self, block: JSON, element: JSON) -> str:
        """The id of an element. One that holds something keeps it as long as block and action are the same; the others
        keep it by what they do, so that a button stays itself when the message around it is edited."""
        if any(held is element for _block, held in stateful([block])):
            return self._id(block["block_id"], element["action_id"])
        action = str(element.get("action_id", element["type"]))
        self._met[action] += 1
        return self._id(action, str(self._met[action]))

    def of(self, block: JSON) -> str:
        """The id of a block, for what refers to it."""
        return self._id("of", block["block_id"])

    def _id(self, *parts: str) -> str:
        return re.sub(r"[^\w.-]", "-", "-".join((self.key, *parts)))

    def act(self, block: JSON, element: JSON) -> str:
        """What a press sends: the element as it stands on this screen, maybe for some time by then."""
        return json.dumps({"block_id": block["block_id"], "drawn": element})

    def label(self, block: JSON, element: JSON) -> str:
        """The name of an element that has no label of its own on the screen."""
        if block["type"] == "input":
            return self.bare(block["label"])
        lines = block_words(block, self.eyes.reader)
        return " ".join(
            filter(None, (self.bare(element.get("placeholder")), markup.with_emoji(lines[0])[:120] if lines else ""))
        ) or str(element["type"]).replace("_", " ")

    def more_label(self, block: JSON) -> str:
        """Slack lets a More menu carry no label; what it stands beside tells several apart."""
        lines = block_words(block, self.eyes.reader)
        return f"More: {markup.with_emoji(lines[0])[:80]}" if lines and lines[0] else "More"

    def error(self, block: JSON) -> str | None:
        return self.errors.get(block["block_id"])

    def fills(self, block: JSON) -> bool:
        """Whether what is typed here waits for the submission."""
        return bool(block["type"] == "input")

    def tells(self, block: JSON) -> bool:
        """Whether the app hears of a choice at once."""
        return bool(block["type"] != "input" or block.get("dispatch_action"))

    # What is held

    def _held(self, block: JSON, element: JSON) -> JSON:
        held = self.values.get(block["block_id"], {}).get(element["action_id"])
        return dict(held) if held is not None else initial(element)

    def value(self, block: JSON, element: JSON) -> str:
        """The one value of an element that holds one, as its control on the page takes it."""
        held = self._held(block, element)
        value: Any = next((value for name, value in held.items() if name != "type"), None)
        if isinstance(value, dict):
            return str(value.get("value", ""))
        if element["type"] == "datetimepicker" and value is not None:
            return f"{datetime.fromtimestamp(int(value), ZoneInfo(self.eyes.reader.tz)):%Y-%m-%dT%H:%M}"
        return "" if value is None else str(value)

    def many(self, block: JSON, element: JSON) -> list[str]:
        """The values of an element that holds several."""
        held: Any = next((value for name, value in self._held(block, element).items() if name != "type"), None)
        return [str(one["value"]) if isinstance(one, dict) else str(one) for one in held or []]

    def options(self, element: JSON) -> list[tuple[str | None, Choices]]:
        """What one can choose from, by group; a group without a name holds those that are in none."""
        kind = element["type"].removeprefix("multi_")
        if kind == "users_select":
            return [(None, self.people)]
        if kind == "channels_select":
            return [(None, [one for one in self.channels if one[1].startswith("#")])]
        if kind == "conversations_select":
            return [("Channels", self.channels), ("People", self.people)]
        groups = [
            (self.bare(group["label"]), self._choices(group["options"])) for group in element.get("option_groups") or []
        ]
        own = self._choices(element.get("options") or [])
        return [(None, own), *groups] if own else list(groups)

    def _choices(self, options: list[JSON]) -> Choices:
        return [(str(option["value"]), self.bare(option["text"])) for option in options]
