"""The evening in German: channels in the plan's language, everybody in their own; the public reads English."""

from dataclasses import replace

from bot.practice.driver import Message
from bot.practice.world import HARBOUR
from tests.screens.shoot import Shoot
from tests.stories.test_sunday import CHANNEL, WATCH, fourteen_posts

WORLD = replace(HARBOUR, people=tuple(replace(one, locale="de-DE") for one in HARBOUR.people))


async def told(shoot: Shoot) -> None:
    """From the question to a handover, and another crisis that was none."""
    shoot.chapter("In German")
    await opened(shoot)
    await the_first_word(shoot)
    await promised(shoot)
    await on_record(shoot)
    await handed_over(shoot)
    await a_false_alarm(shoot)


async def opened(shoot: Shoot) -> None:
    await fourteen_posts(shoot.sunday)
    card = (await shoot.dana.reads(WATCH))[0]
    await shoot.message("de-watch-card", "Ist es eine Krise?", shoot.dana, card)
    await shoot.dana.presses("Krise ausrufen", on=card)
    await shoot.modal("de-declare", "Krise ausrufen", shoot.dana)
    await shoot.dana.submits({"Was ist passiert?": "Pakete drei Wochen zu spät, keine Antworten"})
    await shoot.settled()
    await shoot.dana.reload()
    await shoot.camera.screen("de-channel", "Der Kanal", shoot.priya, CHANNEL)
    await shoot.message("de-brief", "Das Briefing", shoot.priya, await shoot.brief())
    await shoot.in_dm("de-called", "Die Nachricht an die Leitung", shoot.priya)
    await shoot.home("de-home", "App Home", shoot.priya)
    said = await shoot.priya.types("/crisis", CHANNEL)
    await shoot.answer("de-bare", "Wo wir stehen, und was zu tippen ist", shoot.priya, said)
    said = await shoot.sam.presses("Freigeben", on=await words(shoot))
    await shoot.answer("de-not-yours", "Wessen Freigabe der Text braucht", shoot.sam, said)


async def words(shoot: Shoot) -> Message:
    return await shoot.sunday.card("Erstes öffentliches Wort")


async def the_first_word(shoot: Shoot) -> None:
    await shoot.message("de-words-card", "Ein Text zum Freigeben", shoot.priya, await words(shoot))
    await shoot.priya.presses("Text lesen", on=await shoot.dm(shoot.priya))
    await shoot.modal("de-read", "Der Text zum Lesen und Freigeben", shoot.priya)
    await shoot.at("23:01")
    await shoot.priya.submits()
    await shoot.form("de-approved", "Und was daraus folgt", shoot.priya)
    await shoot.settled()
    ticket = await shoot.dm(shoot.dana)
    await shoot.message("de-post-it", "Dana veröffentlicht ihn", shoot.dana, ticket)
    await shoot.at("23:04")
    form = (await shoot.dana.presses("Veröffentlichung abhaken", on=ticket)).modal
    assert form is not None
    await shoot.dana.fills({"Veröffentlicht auf": form.options["Veröffentlicht auf"]})
    await shoot.modal("de-post-form", "Wo er steht, und seit wann", shoot.dana)
    await shoot.dana.submits()
    await shoot.form("de-posted", "Festgehalten", shoot.dana)
    await shoot.settled()
    await shoot.message("de-brief-out", "Was heraus ist, und was es zusagt", shoot.dana, await shoot.brief())


async def promised(shoot: Shoot) -> None:
    await shoot.in_dm("de-owed", "Die erste Beschwerde wartet auf Antwort", shoot.sam)
    for clock in ("23:09", "23:20", "23:35", "23:47"):
        await shoot.at(clock)
    near = await shoot.dm(shoot.priya, "Stellungnahme, zugesagt")
    await shoot.message("de-reminder", "Die Erinnerung an eine Zusage", shoot.priya, near)
    await shoot.at("23:59")
    await shoot.at("00:00")
    lines = [line for line in await shoot.dana.reads(CHANNEL) if "nicht eingehalten" in line.shown]
    await shoot.message("de-broken", "Eine Zusage, die nicht eingehalten wurde", shoot.dana, lines[-1])
    await shoot.in_dm("de-asked", "Um Freigabe gebeten", shoot.ines)


async def on_record(shoot: Shoot) -> None:
    for typed, caption in (
        ("status", "Was bisher geschah"),
        ("promises", "Was wir zugesagt haben"),
        ("team", "Wer gerufen ist, wer da ist"),
    ):
        said = await shoot.priya.types(f"/crisis {typed}", CHANNEL)
        await shoot.answer(f"de-{typed}", caption, shoot.priya, said)
        if typed == "status":
            await shoot.priya.presses("Früher", on=said.ephemeral[-1])
            await shoot.form("de-timeline", "Die Zeilen davor", shoot.priya)


async def handed_over(shoot: Shoot) -> None:
    await shoot.priya.types("/crisis handover @tom", CHANNEL)
    await shoot.priya.fills({"Was würdest du als Nächstes tun?": "Um acht die Logistik anrufen."})
    await shoot.modal("de-handover", "Die Schicht übergeben", shoot.priya)
    await shoot.priya.submits()
    await shoot.form("de-handover-asked", "Bis Tom übernimmt, bleibt alles bei Priya", shoot.priya)
    await shoot.settled()
    brief = await shoot.dm(shoot.tom, "übernehmen")
    await shoot.message("de-handover-brief", "Die Übergabe", shoot.tom, brief)
    await shoot.tom.presses("Ich übernehme", on=brief)
    await shoot.settled()
    has_it = next(dm for dm in await shoot.tom.dms() if dm.ts == brief.ts)
    await shoot.message("de-handover-taken", "Tom hat übernommen", shoot.tom, has_it)


async def a_false_alarm(shoot: Shoot) -> None:
    await shoot.nora.types("/crisis declare Preise von 0 Euro im Shop", "#general")
    await shoot.settled()
    brief = (await shoot.priya.reads("#crisis-2"))[0]
    await shoot.nora.chooses("More", "Fehlalarm", on=brief)
    await shoot.form("de-false-alarm", "Fehlalarm: wen er entlässt", shoot.nora)
    await shoot.nora.chooses("More", "Fehlalarm", on=brief)
    await shoot.nora.submits({"Was war es?": "ein Test unseres Shops"})
    await shoot.nora.closes()
    await shoot.settled()
    await shoot.in_dm("de-stood-down", "Danke, Fehlalarm", shoot.leo, "Fehlalarm")
    done = (await shoot.priya.reads("#crisis-2"))[0]
    await shoot.message("de-false-alarm-brief", "Das Briefing danach", shoot.priya, done)
