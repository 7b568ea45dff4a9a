"""Tell a language from its siblings by what their orthographies don't share.

Identifiers hardly tell siblings apart, but some words and letters belong to one
side alone. They were chosen on the first half of NTREX-128 and from the norms;
their error was measured on the second half, and is in ``reliability.tsv``.
Without such a word a text is in the language or in a sibling, and nobody can say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from isogloss.fidelity import text as t
from isogloss.fidelity.candidate import related_languages, siblings

ALONE = 12
"""Chinese characters, numbers aside, without kana from which a text can't be Japanese."""
FEW = 4
"""The same up to which a text expected in Chinese may be Japanese."""
MARK = 1.5
"""Log odds that one word counts for."""
OWN = 1.5
"""Log odds against each sibling from which a text is in the language and in none of them."""
OTHER = -2.0
"""The same up to which it is in a sibling."""
APART = (frozenset({"nb", "nn"}), frozenset({"id", "ms"}))
"""Siblings that the identifier tells apart at all, as measured."""

_MARKS = {
    "nb": """
        ikke jeg fra mer noen flere hele hvor bare deres disse noe hva vært hvis dem hun mye selv
        hvordan ham gjøre hennes uten uke uker tirsdag mandag søndag lørdag være en et ble kommer
        sier siden kun annet hver hvem hvorfor hvert hverandre hvilken dere enhver frihet måned
        rettigheter sammen særlig flest fikk fremdeles millioner tidligere navn mener senere
        forrige vei tror bedre kommet måneder dager videre minutter utenfor gikk eneste trolig
        """,
    "nn": """
        ikkje eg frå meir nokon fleire heile berre deira desse noko kva vore dei mykje sjølv
        korleis gjere hennar utan veke veker tysdag måndag sundag laurdag vere vera ein ei eit vart
        kjem seier sidan kvar kven kvifor kvart kvarandre fridom månad rettar saman særleg flest
        fekk framleis millionar medan då nokre òg gong gonger dykk gjer hjå blei sjå namn namnet
        tidlegare talet trur gjeld førre såg gjekk treng kome tidleg framtida veg seinare morgon
        betre kjend dagar månader seie heilt einaste utanfor
        """,
    "id": """
        bahwa karena bisa partai inggris bagian pria persen jumat kamis senin meskipun menit
        perusahaan mobil informasi kebijakan lainnya sebagian kelompok uang kantor agustus maret
        juni juli televisi universitas internasional berbeda kualitas kapan resmi delapan miliar
        nol teman polisi mau kebudayaan parlemen energi mahasiswa bisnis poin seharusnya berhasil
        merek lokal diperkirakan diharapkan mencoba posisi memulai tampak rencana dekade provinsi
        toko dimulai berbagai kesepakatan berbicara kasus kampanye publik siswa rapat pernyataan
        percobaan yaitu sanksi
        """,
    "ms": """
        bahawa kerana beliau selepas polis parti bahagian minit jumaat khamis isnin ahad peratus
        syarikat eropah mahu majlis parlimen sebarang sebahagian baharu antarabangsa universiti
        filem berbeza kualiti lapan wang televisyen julai ogos hendaklah adakah iaitu manakala
        sahaja kesihatan perkahwinan perlembagaan jawatankuasa semula semasa menghantar dijangka
        teruk percubaan kanser nuklear tropika majoriti agensi perkhidmatan jurucakap kakitangan
        kemahiran mengundi undian menamatkan sepatutnya perniagaan kes tentera akhbar berbanding
        """,
    "hr": """
        tijekom tjedan tjedna tjednu tjedana tjedni tjedne tisuća tisuće tisuću milijun milijuna
        milijuni siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada
        studenoga studenog prosinca siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz
        rujan listopad studeni prosinac siječnju svibnju lipnju srpnju kolovozu rujnu listopadu
        studenom prosincu vjerojatno tvrtka tvrtke tvrtki tvrtku momčad momčadi glasnogovornik
        nitko svatko netko itko tko europski europska europsko europske europskih europskoj
        sveučilište sveučilišta sustav sustava sustavu povijest povijesti točno točka točke točaka
        neovisnost neovisno neovisan izvješće izvješća znanost znanosti tečaj sudac suca suradnja
        suradnje suradnju priopćenje priopćenju
        """,
    "bs cnr sr-Latn": """
        tokom milion milioni miliona hiljada hiljade hiljadu januar januara januaru februar
        februara februaru marta aprila maja juna jula avgust avgusta septembar septembra septembru
        oktobar oktobra oktobru novembar novembra novembru decembar decembra decembru evropski
        evropska evropsko evropske evropskih evropskoj univerzitet univerziteta tačno tačka tačke
        saradnja saradnje saradnju uticaj uticaja fudbal fudbalski opšti opšta opšte opštih opština
        opštine takođe šta portparol ubistvo ubistva vazduh
        """,
    "am": "ነው ላይ እና ነበር ጋር ወደ ሲሆን በኋላ ውስጥ እንደ ናቸው ወይም አለው",
    "ti": "ናይ እዩ እዚ እቲ ድማ ካብ ናብ ምስ ዘሎ እዮም ነቲ እቶም",
    "sr-Latn": """
        vreme pre posle gde uvek reč reči mesto mesta mestu dve sledeći sledeće sledeća sledećeg
        nedelja nedelje nedelju nedeljama ponedeljak mesec meseca meseci mesecima verovatno
        predsednik predsednika delu delovima deo telo čovek čoveka dete deca dece decu reka reke
        reku severna severne severno sever pobeda pobedu ovde negde nigde primer videti živeti hteo
        voleo bezbednost bezbednosti umesto vest vesti lepo lepa lepe cela celo celom uspeh
        izveštaj savet svetski svetskog promena promene promenu telu sednici lečenje razumeti
        zahteva posledice
        """,
}
"""Languages of a sibling group -> words that only they have, of all in the group."""
_HAN = siblings("zh") | {"ja"}
_LETTERS = {
    "am": frozenset("ኘኙኚኛኜኝኞሏሯቧቷኃ"),
    "ti": frozenset("ኣሓሒሑቐቑቒቓቔቕቖኸኹኺኻኼኽኾዃዑ"),
    "yue": frozenset("嘅係唔佢喺咗啲嚟冇哋嗰咁㗎乜嘢俾"),
}
"""Language -> letters that no sibling writes."""
_NUMBERS = frozenset("〇零一二三四五六七八九十百千万萬億亿兩两")


def told(spelled: Iterable[str], text: str, lang: str, odds: Mapping[str, float]) -> str:
    """Tell in which of the siblings a text is that passed for a language.

    Args:
        spelled: its words in small letters.
        text: the text itself.
        lang: the expected language.
        odds: the identifier's log odds for it against siblings of ``APART``.

    Returns:
        The language or one of its siblings; nothing where nobody can say.
    """
    others = related_languages(lang)
    if not others:
        return lang
    known = _marks(lang)
    votes: Counter[str] = Counter()
    for word in spelled:
        votes.update(known.get(word, ()))
    for code in _LETTERS.keys() & (others | {lang}):
        votes[code] += sum(letter in _LETTERS[code] for letter in text)
    score = {code: MARK * (votes[lang] - votes[code]) + odds.get(code, 0.0) for code in others}
    nearest = min(sorted(score), key=lambda code: score[code])
    if score[nearest] >= OWN:
        return lang
    return nearest if score[nearest] <= OTHER else ""


@cache
def _marks(lang: str) -> dict[str, tuple[str, ...]]:
    """Give the words that tell, with the languages that have them."""
    group = related_languages(lang) | {lang}
    found: dict[str, tuple[str, ...]] = {}
    for codes, words in _MARKS.items():
        having = tuple(code for code in codes.split() if code in group)
        if having:
            found.update(dict.fromkeys(words.split(), having))
    return found


def han(text: str, lang: str) -> str:
    """Tell Chinese from Japanese in a text of Chinese characters alone.

    A character of only one side's standards (JIS X 0208; GB 2312 and Big 5) decides,
    and so does a length that no Japanese text without kana has.

    Returns:
        ``ja`` or ``zh``; "both" where nobody can say; nothing for all other texts.
    """
    if lang not in _HAN or not t.only(text, frozenset({"Hani"})):
        return ""
    letters = [letter for letter in text if "\u3400" <= letter <= "\u9fff"]
    sides = Counter(map(_side, letters))
    long = sum(letter not in _NUMBERS for letter in letters) > (FEW if lang != "ja" else ALONE - 1)
    if sides["ja"] > sides["zh"] + (long and lang != "ja"):
        return "ja"
    return "zh" if sides["zh"] or long else "both"


@cache
def _side(letter: str) -> str:
    """Name the side that alone has a character; nothing where both have it, or none."""
    japanese = _has("shift_jis", letter)
    chinese = _has("gb2312", letter) or _has("big5", letter)
    if japanese == chinese:
        return ""
    return "ja" if japanese else "zh"


def _has(charset: str, letter: str) -> bool:
    try:
        letter.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
