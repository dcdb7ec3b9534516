"""What people do with words: read, approve, change, compare, send back, post."""

from bot.answer import Answer
from bot.i18n import _
from bot.models import Kind, TextId, VersionId
from bot.service import Service
from bot.views.blocks import modal
from bot.views.text_forms import EditData
from handlers.doors import Doors
from handlers.presses import Press, carried, gone


def register(on: Doors, service: Service) -> None:
    """Everything people do with a text."""
    _yes_and_no(on, service)
    _other_words(on, service)
    _posting(on, service)
    _new(on, service)


def _yes_and_no(on: Doors, service: Service) -> None:
    @on.action("text.read")
    async def read(press: Press) -> Answer:
        return await service.texts.read(VersionId(press.value), by=press.user, key=press.key)

    @on.action("version.approve")
    @on.view("version.approve")
    async def approve(press: Press) -> Answer:
        return await service.texts.approve(VersionId(press.value), by=press.user, key=press.key)

    @on.action("version.reject")
    async def reject_form(press: Press) -> Answer:
        return await service.texts.reject_form(VersionId(press.value), by=press.user)

    @on.view("version.reject")
    async def reject(press: Press) -> Answer:
        reason = str(press.values.get("reason") or "")
        return await service.texts.reject(VersionId(press.value), reason, by=press.user, key=press.key)


def _other_words(on: Doors, service: Service) -> None:
    @on.action("version.edit")
    @on.action("brief.edit")
    async def edit_form(press: Press) -> Answer:
        return await service.texts.edit_form(VersionId(press.value), by=press.user)

    @on.view("version.edit")
    async def edit(press: Press) -> Answer:
        return await service.texts.edit(_form(press), dict(press.values), by=press.user, key=press.key)

    @on.action("version.redraft")
    async def redraft_form(press: Press) -> Answer:
        return await service.texts.redraft_form(VersionId(press.value), by=press.user)

    @on.view("version.redraft")
    async def redraft(press: Press) -> Answer:
        wish = str(press.values.get("wish") or "")
        return await service.texts.redraft(VersionId(press.value), wish, by=press.user, key=press.key)

    @on.action("version.compare")
    async def compare(press: Press) -> Answer:
        return await service.texts.compare(TextId(press.value), by=press.user)

    @on.view("version.use")
    async def use(press: Press) -> Answer:
        return await service.texts.use(VersionId(press.value), by=press.user, key=press.key)


def _form(press: Press) -> EditData:
    """What the edit screen is about."""
    said = carried(press)
    try:
        return EditData(**said)
    except TypeError:
        raise gone() from None


def _posting(on: Doors, service: Service) -> None:
    @on.action("text.publish")
    async def publish_form(press: Press) -> Answer:
        return await service.texts.publish_form(TextId(press.value), by=press.user, key=press.key)

    @on.view("text.published")
    async def published(press: Press) -> Answer:
        version = VersionId(press.value)
        return await service.texts.published(version, press.values, by=press.user, key=press.key)

    @on.action("text.more")
    async def more(press: Press) -> Answer:
        what, _colon, id = press.value.partition(":")
        match what:
            case "show":
                return await service.texts.show(TextId(id), by=press.user, key=press.key)
            case "about":
                return await service.texts.about(VersionId(id), by=press.user)
            case "history":
                return await service.texts.history(TextId(id), by=press.user)
            case _:
                pass
        return await service.texts.publish_form(TextId(id), by=press.user, key=press.key)


def _new(on: Doors, service: Service) -> None:
    @on.word("draft")
    async def draft(press: Press) -> Answer:
        answer = await service.texts.draft(press.value, press.text, by=press.user, key=press.key)
        if press.modal and answer.blocks:  # asked "Which crisis?" before: the choice stays in that modal
            return Answer(view=modal(_("Draft"), answer.blocks, close=_("Close")))
        return answer

    @on.action("text.draft")
    async def chosen(press: Press) -> Answer:
        crisis, _colon, kind = press.value.partition(":")
        if kind not in list(Kind):
            raise gone()
        return await service.texts.draft_kind(crisis, Kind(kind), by=press.user, key=press.key)

    @on.word("update")
    async def update(press: Press) -> Answer:
        return await service.texts.update(press.value, press.text, by=press.user, key=press.key)

    @on.view("text.write")
    async def write(press: Press) -> Answer:
        return await service.texts.write(_form(press), dict(press.values), by=press.user, key=press.key)
