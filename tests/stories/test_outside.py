"""Who is out of a private crisis stays out: nothing more of it reaches whoever did not take something over, left, or
handed over."""

from sqlmodel import col, select

from bot.models import Promise, PromiseKind, PromiseState
from bot.practice.driver import Person
from tests.stage import Stage

CHANNEL = "#crisis-1"


async def declared(stage: Stage) -> None:
    await stage.dana.types("/crisis declare The depot burned down", "#general")
    await stage.settle()


async def promised(stage: Stage, by: Person, words: str = "ring the widow in 3 hours") -> Promise:
    await by.types(f"/crisis promise {words}", CHANNEL)
    await stage.settle()
    async with stage.app.store.reading() as tx:
        own = (col(Promise.kind) == PromiseKind.OTHER, col(Promise.state) == PromiseState.OPEN)
        found = await tx.first(select(Promise).where(*own))
    assert isinstance(found, Promise)
    return found


async def refused(person: Person) -> None:
    for word in ("status", "export", "team"):
        said = await person.types(f"/crisis {word} 1", "#general")
        assert "There is no crisis 1 that you can see" in said.said, word


async def test_whoever_did_not_take_it_over_reads_its_words_no_more(stage: Stage) -> None:
    await declared(stage)
    promise = await promised(stage, stage.dana)
    promises = stage.app.service.promises
    await promises.hand_over(promise.id, stage.nora.id, by=stage.dana.id, key="one")  # type: ignore[arg-type]
    await stage.settle()
    assert "widow" in (await stage.nora.dms())[-1].shown
    await promises.hand_over(promise.id, stage.tom.id, by=stage.dana.id, key="two")  # type: ignore[arg-type]
    await stage.settle()
    assert "widow" not in await stage.nora.everything()
    assert "It is no longer offered to you: Dana has it." in (await stage.nora.dms())[-1].shown
    await promises.done(promise.id, "she agreed to silence", by=stage.dana.id, key="three")  # type: ignore[arg-type]
    await stage.settle()
    for person in (stage.nora, stage.tom):
        assert "silence" not in await person.everything()
        assert "widow" not in await person.everything()
        assert (await person.dms())[-1].shown == "This is settled. Thank you."


async def test_whoever_leaves_is_not_brought_back_for_what_they_owed(stage: Stage) -> None:
    await declared(stage)
    await stage.dana.types("/invite @nora", CHANNEL)
    await stage.settle()
    promise = await promised(stage, stage.nora)
    await stage.nora.leaves(CHANNEL)
    await stage.settle()
    heard = len(await stage.nora.notifications())
    await stage.later(175)
    await stage.later(30)
    assert len(await stage.nora.notifications()) == heard
    assert stage.nora.id not in (await stage.workspace.channel(CHANNEL)).members
    await refused(stage.nora)
    async with stage.app.store.reading() as tx:
        assert (await tx.get(Promise, promise.id)).owner == stage.priya.id, "whoever leads sees to it"


async def test_whoever_handed_over_and_left_sees_it_no_more(stage: Stage) -> None:
    await declared(stage)
    for giver, taker in ((stage.dana, "nora"), (stage.nora, "tom")):
        await giver.types(f"/crisis handover @{taker}", CHANNEL)
        await giver.submits()
        await giver.closes()
        await stage.settle()
        person = stage.workspace.person(taker.capitalize())
        await person.presses("I have it", on=(await person.dms())[-1])
        await stage.settle()
    assert "Crisis 1" in (await stage.nora.types("/crisis status 1", "#general")).said, "she is in its channel"
    await stage.nora.leaves(CHANNEL)
    await stage.settle()
    await refused(stage.nora)
    assert "burned" not in str(await stage.nora.home())
    await stage.dana.types("/invite @nora", CHANNEL)
    await stage.settle()
    assert "Crisis 1" in (await stage.nora.types("/crisis status 1", "#general")).said, "somebody invited her again"


async def test_whoever_leaves_takes_their_offer_of_a_shift_along(stage: Stage) -> None:
    """A shift that is taken after its giver has left would let them read the crisis again."""
    await declared(stage)
    await stage.dana.types("/invite @nora", CHANNEL)
    await stage.settle()
    await stage.nora.types("/crisis handover @tom", CHANNEL)
    await stage.nora.submits({})
    await stage.nora.reload()
    await stage.settle()
    await stage.nora.home()
    offer = (await stage.tom.dms())[-1]
    assert "I have it" in offer.buttons
    await stage.nora.leaves(CHANNEL)
    await stage.settle()
    home = await stage.nora.home(opens=False)
    assert home is not None
    assert "risis 1" not in home.text
    now = (await stage.tom.dms())[-1]
    assert now.shown == "Crisis 1: Nora needs nobody to take over any more."
    assert now.buttons == []
    late = await stage.tom.presses("I have it", on=offer)
    assert late.said
    await stage.settle()
    await refused(stage.nora)
