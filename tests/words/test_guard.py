"""Each guard with texts it must find and texts it must let pass, in the five languages. Precision comes first."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.guard import Finding, Reading, check, length_for
from tests.words.test_fallback import AnOutlet, X

NOW = datetime(2026, 11, 22, 21, 58, 20, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
INSTAGRAM = AnOutlet("instagram", "Instagram", 2_200, "characters")


def a_reading(text: str, language: str = "en", **other: object) -> Reading:
    reading = Reading(
        text=text,
        kind="reply",
        language=language,
        outlets=(INSTAGRAM,),
        links=("https://harbour.example/help",),
        contacts=("care@harbour.example", "+49 40 1234567"),
        names=("@jo_m",),
        zone="Europe/Berlin",
        now=NOW,
    )
    return replace(reading, **other)  # type: ignore[arg-type]  # the fields are the caller's


def found(text: str, language: str = "en", **other: object) -> dict[str, bool]:
    """What the checks find, and whether it blocks."""
    return {finding.check: finding.blocks for finding in check(a_reading(text, language, **other))}


def test_a_decent_text_has_no_finding() -> None:
    assert check(a_reading("@jo_m, we are sorry that you are waiting. Please write to us: harbour.example/help")) == []


def test_what_blocks_comes_first_and_every_sentence_once() -> None:
    findings = check(a_reading("No comment. Any inconvenience? No comment. [Name]"))
    assert [finding.blocks for finding in findings] == sorted([f.blocks for f in findings], reverse=True)
    assert len(findings) == len(set(findings))
    assert all(isinstance(finding, Finding) and finding.sentence.endswith((".", "?")) for finding in findings)


def test_an_empty_text_blocks() -> None:
    assert found(" \n") == {"empty": True}


# Left-over placeholders and talk about the text


@pytest.mark.parametrize(
    "text",
    [
        "Dear [Name], we are sorry.",
        "Hello {customer_name}, we are sorry.",
        "Liebe {{Vorname}}, es tut uns leid.",
        "We will be back by <time>.",
        "TODO: say what happened.",
        "Wir melden uns bis XX:XX Uhr.",
        "Ваш заказ № ____ в пути.",
        "Best regards, Your Company",
        "Un saludo, nombre de la empresa",
        "С уважением, название компании",
        "С уважение, името на фирмата",
        "Please call [phone number].",
        "We are sorry, %(name)s.",
        "XXX parcels are late.",
        "<!channel> we are sorry.",
    ],
)
def test_left_over_placeholders_block(text: str) -> None:
    assert found(text).get("placeholder") is True


@pytest.mark.parametrize(
    "text",
    [
        "[Update 2] We are back.",
        "[Обновлено] Мы снова здесь.",
        "We <3 our customers and are sorry that 3 < 4 and 5 > 4.",
        "Your company account works again.",
        "The parcels (some of them) are late — sorry … more soon.",
        "@jo__m thank you.",
        "You pay $50 less.",
    ],
)
def test_what_is_no_placeholder_passes(text: str) -> None:
    assert "placeholder" not in found(text, names=("jo__m",))


@pytest.mark.parametrize(
    "text",
    [
        "Sure! Here is the statement: We are sorry.",
        "As an AI language model I cannot say.",
        "Hier ist der Entwurf: Es tut uns leid.",
        "Aquí tienes el texto: Lo sentimos.",
        "Вот текст: нам очень жаль.",
    ],
)
def test_the_models_chatter_blocks(text: str) -> None:
    assert found(text).get("chatter") is True


def test_markup_that_people_would_see_warns() -> None:
    assert found("**We are sorry** that you wait.").get("markup") is False
    assert "markup" not in found("#harbour We are sorry that you wait. 2 * 3 = 6")


# Length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("We are sorry.", 13),
        ("Привет", 6),
        ("Съжаляваме — „наистина“", 23),
        ("日本", 4),
        ("ok 👩‍👩‍👧‍👦", 5),
        ("ok 👍🏽", 5),
        ("cafe\u0301", 4),
        ("see https://www.harbour-logistics.com/a/very/long/path?with=query", 27),
        ("see bbc.com.", 28),
        ("see https://bbc.com/a, then", 33),
        ("mail care@harbour.com now", 25),
        ("© 2026 #1 1️⃣", 12),
    ],
)
def test_length_as_x_counts(text: str, length: int) -> None:
    assert length_for(X, text) == length


def test_length_as_people_count() -> None:
    assert length_for(INSTAGRAM, "see https://www.harbour-logistics.com/help") == 42


def test_too_long_blocks_and_names_the_outlet_and_how_much() -> None:
    (finding,) = [f for f in check(a_reading("a word " * 41, outlets=(X, INSTAGRAM))) if f.check == "length"]
    assert finding.blocks
    assert finding.sentence == "Too long for X: 287 characters, and 280 fit. Please cut 7."


# Phrases


@pytest.mark.parametrize(
    ("check_name", "text"),
    [
        ("silence", "No comment."),
        ("silence", "We decline to comment on this."),
        ("silence", "Kein Kommentar."),
        ("silence", "Sin comentarios."),
        ("silence", "Без комментариев."),
        ("silence", "Без коментар."),
        ("threat", "We will take legal action."),
        ("threat", "Wir behalten uns rechtliche Schritte vor."),
        ("threat", "Emprenderemos acciones legales."),
        ("threat", "Мы подадим в суд."),
        ("threat", "Ще предприемем правни действия."),
        ("blame", "This was a user error."),
        ("blame", "Da sind Sie selbst schuld."),
        ("blame", "Ha sido culpa de los clientes."),
        ("blame", "Вы сами виноваты."),
        ("blame", "Сами сте си виновни."),
        ("hacked", "We were hacked."),
        ("hacked", "Unsere Seite wurde gehackt."),
        ("hacked", "Nos han hackeado."),
        ("hacked", "Ha sido un ataque informático."),
        ("hacked", "Нас взломали."),
        ("hacked", "Хакнаха ни."),
        ("liability", "We are not liable for this."),
        ("liability", "Dafür haften wir nicht."),
        ("liability", "Garantizamos la entrega."),
        ("liability", "Мы гарантируем доставку."),
        ("liability", "Гарантираме доставката."),
    ],
)
def test_forbidden_phrases_block(check_name: str, text: str) -> None:
    assert found(text).get(check_name) is True


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Thank you for your comment. You need not know what happened; your error message helps. Legal tender."),
        ("en", "Your fault report has reached us, and a court of appeal opens the shop on Friday."),
        ("en", "Hackers may try to use such days: be careful. We will pay attention to every message."),
        ("de", "Einen Tag können wir noch nicht garantieren. Hacker nutzen solche Tage gern aus."),
        ("de", "Danke für Ihren Kommentar. Die Anzeige auf dem Gerät hilft uns. Wir sind mit Schritten dabei."),
        ("es", "Gracias por su comentario. Tomamos medidas para ayudarles."),
        ("ru", "Спасибо за комментарий. Мы принимаем меры и судим только по делу."),
        ("bg", "Благодарим за коментара. Взимаме мерки и не съдим никого."),
    ],
)
def test_harmless_words_pass(language: str, text: str) -> None:
    assert found(text, language) == {}


@pytest.mark.parametrize(
    "text",
    [
        "We are sorry if anyone was offended.",
        "Mistakes were made.",
        "Sorry for any inconvenience.",
        "We take your safety very seriously.",
        "Es wurden Fehler gemacht.",
        "Wir bitten, die Unannehmlichkeiten zu entschuldigen.",
        "Das war ein bedauerlicher Einzelfall.",
        "Lamentamos las molestias.",
        "Ha sido un caso aislado.",
        "Приносим извинения за неудобства.",
        "Это единичный случай.",
        "Извиняваме се за причиненото неудобство.",
        "Това е изолиран случай.",
    ],
)
def test_hollow_phrases_only_warn(text: str) -> None:
    assert found(text).get("hollow") is False


RESPONSIBLE = [
    ("en", "This was our fault."),
    ("en", "We take full responsibility."),
    ("en", "This should never have happened."),
    ("en", "You will get a full refund."),
    ("en", "We will put it right."),
    ("de", "Das war unser Fehler."),
    ("de", "Wir übernehmen die volle Verantwortung."),
    ("de", "Sie werden entschädigt."),
    ("de", "Wir erstatten Ihnen den Betrag."),
    ("es", "Fue culpa nuestra."),
    ("es", "Asumimos toda la responsabilidad."),
    ("es", "Les devolveremos el dinero."),
    ("ru", "Это наша вина."),
    ("ru", "Мы берём на себя всю ответственность."),
    ("ru", "Мы вернём вам деньги."),
    ("bg", "Вината е наша."),
    ("bg", "Поемаме пълна отговорност."),
    ("bg", "Ще ви върнем парите."),
]


@pytest.mark.parametrize(("language", "text"), RESPONSIBLE)
def test_responsibility_blocks_until_a_human_takes_it_and_then_only_an_apology_may_say_it(
    language: str, text: str
) -> None:
    assert found(text, language).get("responsibility") is True
    assert found(text, language, kind="apology").get("responsibility") is True
    assert found(text, language, kind="update", responsibility=True).get("responsibility") is True
    assert "responsibility" not in found(text, language, kind="apology", responsibility=True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "We are sorry for the wait. Somebody responsible for your order will answer you. The page is right here.",
        ),
        ("en", "We wait for the report and will pay attention to every message."),
        ("de", "Es tut uns leid. Unsere Fehlersuche läuft, und wir sind für Sie da."),
        ("es", "Lo sentimos. Nuestro equipo está revisando los errores que nos cuentan."),
        ("ru", "Нам очень жаль. Мы исправно отвечаем на каждое сообщение об ошибке."),
        ("bg", "Съжаляваме. Отговаряме на всяко съобщение и проверяваме грешките, за които пишете."),
    ],
)
def test_empathy_takes_no_responsibility(language: str, text: str) -> None:
    assert found(text, language) == {}


# Personal data


@pytest.mark.parametrize(
    ("check_name", "language", "text"),
    [
        ("email", "en", "Ask jo@mail.example about it."),
        ("phone", "en", "Ask Jo on +44 20 7946 0018."),
        ("phone", "de", "Rufen Sie 0151 23456789 an."),
        ("phone", "es", "Llame al 612 345 678."),
        ("phone", "ru", "Звоните 8 (912) 345-67-89."),
        ("phone", "bg", "Обадете се на 088 812 3456."),
        ("iban", "de", "Konto DE89 3704 0044 0532 0130 00."),
        ("card", "en", "Card 4111 1111 1111 1111 was charged."),
        ("order", "en", "Your order no. 4711-0815 is late."),
        ("order", "de", "Ihre Bestellnummer 47110815 ist da."),
        ("order", "es", "Su pedido n.º 47110815 llega tarde."),
        ("order", "ru", "Ваш заказ № 47110815 в пути."),
        ("order", "bg", "Вашата поръчка № 47110815 пътува."),
        ("handle", "en", "Like @tom_s, you are waiting."),
    ],
)
def test_personal_data_blocks(check_name: str, language: str, text: str) -> None:
    assert found(text, language).get(check_name) is True


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Write to care@harbour.example or call +49 40 1234567, @jo_m."),
        ("de", "Rufen Sie uns an: 040 1234567. Heute, am 22.11.2026 um 18 Uhr, warten 41000 Menschen."),
        ("en", "On 2026-11-22 at 22:58 we had 1,234,567 visitors, 14 posts and 250 000 parcels since 1998-2004."),
        ("en", "Please keep your order number at hand; order 12 of them or 100 more."),
        ("ru", "С 2010 по 2026 год мы доставили 1 000 000 посылок, ваш заказ важен."),
    ],
)
def test_what_is_the_companys_or_nobodys_passes(language: str, text: str) -> None:
    assert not found(text, language).keys() & {"email", "phone", "iban", "card", "order", "handle"}


# Links


@pytest.mark.parametrize(
    "text",
    [
        "See https://evil.com/harbour.example",
        "See evil.com for more",
        "See http://harbour.example.evil.com/help",
        "See https://harbour.example@evil.com/help",
        "See http://203.0.113.7/help",
        "See bit.ly/3xyz",
        "See www.harbour-refund.shop",
        "Смотрите помощь.рф",
        "See harbоur.example/help",  # the third letter is Cyrillic
        "See xn--harbur-9ig.example/help",
        "See tg://join?invite=1",
        "The parcels.It is late",
    ],
)
def test_links_outside_the_list_block(text: str) -> None:
    assert found(text).get("link") is True


def test_a_lookalike_says_where_it_leads() -> None:
    (finding,) = [f for f in check(a_reading("See harbоur.example/help")) if f.check == "link"]
    assert "xn--" in finding.sentence


@pytest.mark.parametrize(
    "text", ["See [harbour.example/help](https://evil.com)", "See <https://evil.com|harbour.example/help>"]
)
def test_a_masked_link_blocks(text: str) -> None:
    assert found(text).get("masked_link") is True


@pytest.mark.parametrize(
    "text",
    [
        "See harbour.example/help.",
        "See https://www.harbour.example/help/ (or call).",
        "HARBOUR.EXAMPLE/help",
        "z.B. d.h. u.a. usw.Das e.g. etc. i.e. Nr.5 v2.10 18.00 Uhr a.m. Node.js 3.5kg т.е. г.София",
    ],
)
def test_the_plans_links_and_what_is_no_link_pass(text: str) -> None:
    assert not found(text).keys() & {"link", "page", "masked_link"}


def test_a_domain_in_the_list_opens_its_pages_and_another_page_of_ours_only_asks() -> None:
    assert "link" not in found("See status.harbour.example/now", links=("harbour.example",))
    assert found("See harbour.example/refunds").get("page") is False


# Language


SAID = {
    "en": "You are telling us about parcels that have not arrived. We are sorry for the wait and the worry.",
    "de": "Sie schreiben uns, dass Pakete nicht ankommen. Es tut uns leid, dass Sie warten.",
    "es": "Nos escriben por paquetes que no han llegado. Sentimos la espera y la preocupación.",
    "ru": "Вы пишете нам о посылках, которые не пришли. Нам жаль, что вам приходится ждать.",
    "bg": "Пишете ни за пратки, които не са пристигнали. Съжаляваме за чакането.",
}


@pytest.mark.parametrize("language", SAID)
def test_each_language_is_known_and_every_other_blocks(language: str) -> None:
    assert found(SAID[language], language) == {}
    assert all(found(SAID[language], other).get("language") is True for other in SAID if other != language)


def test_one_sentence_in_another_language_warns() -> None:
    assert found(f"{SAID['de']} {SAID['de']} We are sorry for the wait and will be back.", "de") == {
        "sentence_language": False
    }


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Danke!"),
        ("de", "@jo_m harbour.example/help"),
        ("de", "Der Harbour Premium Delivery Service ist wieder da."),
        ("es", "Gracias, Harbour Express Team."),
        ("ru", "Сервис Harbour Premium снова работает."),
        ("bg", "Harbour Premium Service работи отново."),
        ("fr", "Nous sommes désolés pour l'attente, merci de votre patience."),
    ],
)
def test_short_texts_and_brand_names_are_no_finding(language: str, text: str) -> None:
    assert found(text, language, names=("jo_m",)) == {}


# The promised time


@pytest.mark.parametrize(
    ("text", "promised_at", "finding"),
    [
        ("We are back by midnight CET.", MIDNIGHT, {}),
        ("We are back by 00:00.", MIDNIGHT, {}),
        ("We are back by 23:30.", MIDNIGHT, {"other_time": True}),
        ("We are back by midnight. Slow since 18:00, phones open until 20:00.", MIDNIGHT, {}),
        ("Slow since 18:00. We are sorry.", MIDNIGHT, {"no_time": False}),
        ("We are finding out what happened.", MIDNIGHT, {"no_time": False}),
        ("We are finding out what happened.", None, {"no_time": False}),
        ("We are back by 23:30.", None, {"unowned_time": False}),
        ("We are back by 21:00 today.", datetime(2026, 11, 22, 20, 0, tzinfo=UTC), {"past": True}),
    ],
)
def test_text_and_promise_name_the_same_time(text: str, promised_at: datetime | None, finding: dict[str, bool]) -> None:
    assert found(text, kind="update", promised_at=promised_at) == finding


def test_a_reply_need_not_name_a_time() -> None:
    assert found("We are sorry that you are waiting.", kind="reply") == {}


# What nobody can see


@pytest.mark.parametrize(
    "text",
    [
        "We are so\u202erry.",
        "We\u200b are sorry.",
        "We are\u2066 sorry\u2069.",
        "soft\u00adhyphen",
        "We\ufeff are sorry",
        "a\U000e0041b",
        "blank \u3164 filler",
        "nul \x00",
    ],
)
def test_hidden_characters_block(text: str) -> None:
    assert found(text).get("hidden") is True


@pytest.mark.parametrize(
    "text", ["Sorry 👩‍👩‍👧‍👦 ❤️ 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇧🇬 1️⃣", "10\u00a0000 „Pakete“ – «так» …\n\nДо свидания", "naïve café"]
)
def test_emoji_and_fine_print_pass(text: str) -> None:
    assert "hidden" not in found(text)


@pytest.mark.parametrize("text", ["a" * 20_000, "[" * 20_000, "18:00 " * 2_000, "we take " * 2_000, "[a](" * 5_000])
def test_no_text_makes_the_guards_slow(text: str) -> None:
    began = datetime.now(UTC)
    check(a_reading(text))
    assert (datetime.now(UTC) - began).total_seconds() < 5


def test_an_account_with_a_hyphen_is_one_account() -> None:
    assert found("@ann-marie, we are sorry.", kind="reply", names=("ann-marie",)).get("handle") is None
    assert found("@ann-marie, we are sorry.", kind="reply", names=("ann",))["handle"]
