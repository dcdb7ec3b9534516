"""The timeline as people page through it: the last lines with the status, the earlier ones in a modal."""

from collections.abc import Sequence
from json import dumps

from bot.i18n import _
from bot.models import Incident, TimelineEntry
from bot.views.blocks import Block, Element, actions, button, context, modal, section
from bot.views.happened import Story, sentence, shown_entries

LAST = 15
"""Lines that `/crisis status` shows."""
PAGE = 20
"""Lines of a page in the modal."""
ROOM = 2_800
"""Characters of lines in one block."""


def line(story: Story, entry: TimelineEntry) -> str:
    return f"• {story.time(entry.at)}  {sentence(story, entry)}"


def recent(story: Story) -> list[Block]:
    """The last lines, newest last, and the way to the earlier ones."""
    entries = shown_entries(story)
    start = max(0, len(entries) - LAST)
    blocks = [section(_("*What happened*")), *_lines(story, entries[start:])]
    if start:
        blocks.append(actions(_earlier(story.incident, start)))
    return blocks


def page(story: Story, before: int) -> Block:
    """The lines before this one, in a modal; newest last here too."""
    entries = shown_entries(story)
    end = min(max(before, 0), len(entries))
    start = max(0, end - PAGE)
    ways: list[Element] = [_earlier(story.incident, start)] if start else []
    if end < len(entries):
        ways.append(_later(story.incident, min(len(entries), end + PAGE)))
    title = _("Crisis {number}", number=story.incident.number)
    shown = _("{first} to {last} of {all}", first=start + 1, last=end, all=len(entries))
    blocks = [context(shown), *_lines(story, entries[start:end]), *([actions(*ways)] if ways else [])]
    return modal(title, blocks, close=_("Close"))


def _lines(story: Story, entries: Sequence[TimelineEntry]) -> list[Block]:
    """As many lines in a block as fit, so that none is cut."""
    blocks: list[list[str]] = [[]]
    for entry in entries:
        said = line(story, entry)
        if blocks[-1] and sum(map(len, blocks[-1])) + len(said) > ROOM:
            blocks.append([])
        blocks[-1].append(said)
    return [section("\n".join(lines)) for lines in blocks if lines]


def _earlier(incident: Incident, before: int) -> Element:
    about = _("Earlier on the timeline of crisis {number}", number=incident.number)
    value = dumps({"incident": incident.id, "before": before})
    return button(_("Earlier"), "timeline.earlier", value, accessible=about)


def _later(incident: Incident, before: int) -> Element:
    about = _("Later on the timeline of crisis {number}", number=incident.number)
    value = dumps({"incident": incident.id, "before": before})
    return button(_("Later"), "timeline.later", value, accessible=about)
