"""What a text must not say, in five languages: a pattern for each language, read without regard to case.

Every text is read in all five, because a phrase that slipped in from another language is no better.
"""

import re
from collections.abc import Iterator, Mapping

Phrases = Mapping[str, re.Pattern[str]]


def _phrases(**languages: str) -> Phrases:
    return {
        language: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE | re.VERBOSE)
        for language, pattern in languages.items()
    }


def said(text: str, phrases: Phrases) -> Iterator[str]:
    """The phrases that the text uses, each once, as it writes them."""
    seen = set()
    for pattern in phrases.values():
        for match in pattern.finditer(text):
            words = " ".join(match[0].split())
            if words.lower() not in seen:
                seen.add(words.lower())
                yield words


SILENCE = _phrases(
    en=r"no\s+comments? | (?:declin\w+|refus\w+)\s+to\s+comment | nothing\s+to\s+add",
    de=r"kein(?:en)?\s+kommentar | (?:möchten|wollen|werden)\s+(?:das|dies)\s+nicht\s+kommentieren"
    r" | ohne\s+kommentar",
    es=r"sin\s+comentarios | no\s+(?:haremos|hacemos|vamos\s+a\s+hacer)\s+(?:comentarios|declaraciones)",
    ru=r"без\s+комментариев | (?:от\s+комментариев|комментировать)\s+отказ\w+ | отказ\w+\s+от\s+комментариев"
    r" | не\s+комментируем",
    bg=r"без\s+коментар | няма\s+да\s+коментираме | отказваме\s+(?:да\s+)?коментар\w*",
)
"""Silence in so many words."""

THREATS = _phrases(
    en=r"(?:take|taking|consider\w*)\s+legal\s+(?:action|steps) | (?:we|our\s+lawyers)\s+will\s+sue | see\s+you\s+in\s+court"
    r" | defamat(?:ion|ory) | libel(?:lous)?",
    de=r"(?:rechtliche|juristische|gerichtliche)\s+schritte | (?:wir|unsere\s+anwälte)\s+(?:werden\s+)?(?:ver)?klagen"
    r" | strafanzeige | rufschädigung | verleumdung\w*",
    es=r"(?:acciones|medidas)\s+(?:legales|judiciales) | demandaremos | vamos\s+a\s+demandar | nuestros\s+abogados | difamaci[oó]n",
    ru=r"(?:подадим|подать|обратимся)\s+(?:иск\s+)?в\s+суд | судебн\w+\s+иск\w* | наши\s+юристы | клевет\w*",
    bg=r"(?:ще\s+(?:ви\s+)?съдим) | (?:съдебни|правни)\s+(?:действия|мерки) | нашите\s+адвокати | клевет\w*",
)
"""Threats of going to law."""

BLAME = _phrases(
    en=r"(?:your|customers['’]?|users['’]?)\s+own\s+fault | user\s+errors? | (?:you|customers)\s+should\s+have\s+(?:read|known|checked)",
    de=r"selbst\s+schuld | bedienungsfehler\w* | (?:eigene|ihre)\s+schuld",
    es=r"culpa\s+(?:suya|de\s+(?:los\s+)?(?:clientes|usuarios)) | error\s+del?\s+usuario",
    ru=r"сами\s+виноваты | ваша\s+вина | по\s+вашей\s+вине | ошибк\w+\s+пользовател\w+",
    bg=r"сами\s+сте\s+(?:си\s+)?виновни | ваша\s+(?:е\s+)?вина(?:та)? | по\s+ваша\s+вина | потребителска\s+грешка",
)
"""Blame on the customer."""

HACKED = _phrases(
    en=r"(?:we|our\s+\w+)\s+(?:were|was|have\s+been|has\s+been|got)\s+hacked | by\s+hackers? | cyber\s?-?attacks?",
    de=r"gehackt\w* | hacker-?angriff\w* | (?:von|durch)\s+hacker\w* | cyber-?(?:angriff|attacke)\w*",
    es=r"hacke(?:ad[oa]s?|aron|ó) | ataques?\s+(?:inform[aá]ticos?|de\s+hackers) | ciberataques?",
    ru=r"взломали | взлома(?:н|на|но|ны) | хакерск\w+\s+атак\w* | кибератак\w*",
    bg=r"хакна\w* | хакерск\w+\s+атак\w* | кибератак\w*",
)
"""An attack that nobody has confirmed yet."""

NON_APOLOGY = _phrases(
    en=r"if\s+(?:any(?:one|body)|you|someone)\s+(?:was|were|feels?|felt|has\s+been|have\s+been)\s+(?:offended|hurt|upset)"
    r" | mistakes\s+(?:were|have\s+been)\s+made | (?:any|the)\s+inconvenience\w* | isolated\s+(?:incident|case)"
    r" | we\s+take\s+(?:\w+\s+){1,5}very\s+seriously",
    de=r"(?:falls|sollte|wenn)\s+sich\s+(?:jemand|wer)\s+\w+\s+fühl\w+ | (?:es\s+)?wurden\s+fehler\s+gemacht"
    r" | unannehmlichkeit\w* | (?:ein(?:en|em)?\s+)?(?:bedauerliche\w+\s+)?einzelf[aä]ll\w* | nehmen\s+(?:\w+\s+){1,5}sehr\s+ernst",
    es=r"si\s+alguien\s+se\s+(?:ha\s+)?(?:sintió|sentido|siente)\s+\w+ | se\s+(?:cometieron|han\s+cometido)\s+errores"
    r" | (?:las|cualquier|posibles)\s+(?:molestias?|inconvenientes?) | (?:caso|hecho|incidente)\s+aislado"
    r" | nos\s+tomamos\s+(?:\w+\s+){0,4}muy\s+en\s+serio",
    ru=r"если\s+(?:это\s+)?(?:кого-то|кого-либо|кто-то|кто-либо)\s+(?:это\s+)?(?:обидел\w*|задел\w*|оскорбил\w*)"
    r" | были\s+допущены\s+ошибки | неудобств\w* | единичн\w+\s+случа\w+ | относимся\s+(?:\S+\s+){0,5}(?:очень\s+)?серь[её]зно",
    bg=r"ако\s+някой\s+се\s+(?:е\s+)?(?:почувств\w+|засегна\w*|обид\w+) | (?:бяха|са)\s+допуснати\s+грешки"
    r" | неудобств\w* | (?:изолиран|единичен)\s+случай | (?:отнасяме\s+се|приемаме)\s+(?:\S+\s+){0,5}(?:много\s+)?сериозно",
)
"""What sounds like an apology and is none."""

RESPONSIBILITY = _phrases(
    en=r"our\s+(?:own\s+)?(?:fault|mistake|error|responsibility|failing) | responsibility\s+(?:for\s+\w+\s+)?(?:is\s+ours|lies\s+with\s+us)"
    r" | we\s+(?:have\s+)?(?:made|make)\s+(?:a|an|some|several)?\s*(?:\w+\s+)?mistakes? | we\s+(?:were|got\s+(?:it|this))\s+wrong"
    r" | we\s+(?:fully\s+)?(?:take|accept|bear|assume)\s+(?:\w+\s+){0,2}(?:responsibility|blame)"
    r" | we\s+are\s+(?:\w+\s+)?(?:to\s+blame|at\s+fault|responsible\s+for) | we\s+(?:have\s+)?(?:failed|caused)"
    r" | should(?:\s+not|n['’]t|\s+never)\s+have\s+happened | (?:put|make|set)\s+(?:it|this|things)\s+right"
    r" | compensat(?:e|es|ed|ion) | reimburse\w* | we\s+will\s+(?:\w+\s+)?(?:refund|pay(?!\s+attention))"
    r" | (?:get|have|give\s+you)\s+your\s+money\s+back | full\s+refunds?",
    de=r"unsere?\s+(?:eigene\s+)?(?:schuld|fehler|versäumnis|versagen) | wir\s+haben\s+(?:\w+\s+){0,3}(?:fehler\s+gemacht|versagt)"
    r" | wir\s+(?:übernehmen|tragen)\s+(?:\w+\s+){0,3}verantwortung | verantwortung\s+(?:dafür\s+)?(?:liegt\s+bei\s+uns|tragen\s+wir|übernehmen\s+wir)"
    r" | wir\s+sind\s+(?:\w+\s+)?(?:schuld|verantwortlich) | hätten?\s+(?:so\s+)?nicht\s+passieren\s+dürfen"
    r" | bringen\s+(?:wir\s+)?(?:es|das|dies)\s+(?:wieder\s+)?in\s+ordnung | entschädig\w* | schadens?ersatz | (?:rück)?erstatt\w+"
    r" | (?:ihr\s+)?geld\s+zurück | machen\s+(?:wir\s+)?(?:es|das)\s+wieder\s+gut",
    es=r"(?:por\s+)?(?:nuestra\s+culpa|culpa\s+nuestra|nuestro\s+error|error\s+nuestro) | (?:hemos\s+cometido|cometimos)\s+(?:un\s+)?(?:\w+\s+)?error(?:es)?"
    r" | nos\s+(?:hemos\s+)?equivoca(?:mos|do) | asumimos\s+(?:\w+\s+){0,2}responsabilidad | responsabilidad\s+es\s+nuestra"
    r" | somos\s+(?:los\s+|las\s+)?responsables | no\s+(?:debió|debería|tendría\s+que)\s+(?:haber\s+)?(?:ocurri[rd]o?|pasa[rd]o?|sucedi?[rd]o?|suceder)"
    r" | (?:vamos\s+a\s+arreglarlo|lo\s+arreglaremos|lo\s+repararemos) | indemniza\w+ | compensa(?:r|remos|ci[oó]n|ciones) | reembols\w+"
    r" | devolver(?:emos|les|le)?\s+(?:el|su)\s+dinero",
    ru=r"наша\s+(?:вина|ошибка|ответственность) | по\s+нашей\s+вине | мы\s+(?:сами\s+)?виноваты | мы\s+ошиблись | мы\s+допустили\s+(?:\w+\s+)?ошибк\w+"
    r" | (?:бер[её]м|принимаем)\s+на\s+себя\s+(?:\w+\s+)?ответственность | нес[её]м\s+(?:\w+\s+)?ответственность"
    r" | ответственность\s+(?:за\s+\w+\s+)?лежит\s+на\s+нас | не\s+должно\s+было\s+(?:случиться|произойти|быть)"
    r" | (?:мы\s+)?(?:вс[её]\s+)исправим | компенс\w+ | возмест\w+ | верн[её]м\s+(?:вам\s+)?деньги | возврат\w*\s+(?:денег|средств)",
    bg=r"(?:по\s+)?наша\s+(?:е\s+)?(?:вина|грешка|отговорност) | вината\s+е\s+наша | ние\s+сме\s+виновни | виновни\s+сме | сгрешихме | допуснахме\s+(?:\w+\s+)?грешк\w+"
    r" | поемаме\s+(?:\w+\s+)?отговорност(?:та)? | носим\s+(?:\w+\s+)?отговорност | отговорността\s+(?:за\s+\w+\s+)?е\s+наша"
    r" | не\s+(?:биваше|трябваше)\s+да\s+се\s+случ\w+ | ще\s+го\s+поправим | компенс\w+ | обезщет\w+ | ще\s+(?:ви\s+)?върнем\s+парите"
    r" | възстанов\w+\s+(?:ви\s+)?(?:на\s+)?(?:сума|сумата|парите|средствата)",
)
"""Responsibility taken or repair offered: for an apology, once a named human takes responsibility."""

LIABILITY = _phrases(
    en=r"(?:legally\s+)?liable | liability | negligen(?:t|ce|tly) | we\s+(?:can\s+)?guarantee",
    de=r"(?:wir\s+)?haften | haftung | haftbar | (?:grob\s+)?fahrlässig\w* | (?<!nicht\s)(?:wir\s+)?garantieren",
    es=r"responsabilidad\s+(?:civil|legal|penal) | negligen(?:cia|te)s? | garantizamos",
    ru=r"халатност\w* | небрежност\w* | юридическ\w+\s+ответственност\w* | гарантируем",
    bg=r"небрежност\w* | халатност\w* | (?:юридическа|гражданска)\s+отговорност | гарантираме",
)
"""Words of law that a text of ours never needs."""
