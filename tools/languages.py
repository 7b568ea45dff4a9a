"""Build src/isogloss/language/languages.tsv, the table behind the language registry.

Run it in an environment of its own; nothing here is needed at run time:

    python -m venv /tmp/build && /tmp/build/bin/pip install \
        python-iso639==2026.7.23 qwanqwa==1.2.1 babel==2.18.0 py3langid==0.4.0
    /tmp/build/bin/python tools/languages.py

What comes from where:

- ISO 639 codes, names, macrolanguages and retirements: the ISO 639-3 code tables of SIL
  International (free use with attribution), as python-iso639 (Apache-2.0) ships them.
- Families and Glottocodes: Glottolog (CC BY 4.0), as qwanqwa (Apache-2.0) ships it.
  Scripts are NOT taken from qwanqwa, whose own sources for them are share-alike.
- Scripts, English names, likely scripts: Unicode CLDR (Unicode licence v3), through Babel.
- Lists of languages in code sets, pre-training corpora and identifiers: the papers and model
  cards named beside each list below. Only the codes (facts) are copied.
"""

# ruff: noqa: SIM905  (a list of codes reads best as text)

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from babel import Locale, localedata
from babel.core import get_global
from py3langid.langid import MODEL_FILE, LanguageIdentifier

TABLE = Path(__file__).parents[1] / "src/isogloss/language/languages.tsv"

HEADER = """\
# Built by tools/languages.py; do not edit by hand.
# ISO 639-3 codes, names, macrolanguages: SIL International, https://iso639-3.sil.org
# Families and Glottocodes: Glottolog, https://glottolog.org, CC BY 4.0
# Scripts and English names: Unicode CLDR, Unicode License v3
# @script name flags | ?ambiguous name choices | !country language | rows: code name iso1 iso3
# script scripts family flores mbart m2m macro glottocode identifiers seen aliases note
"""

# -- code sets ------------------------------------------------------------------------------

# FLORES-200 (NLLB Team 2022, arXiv:2207.04672, table 1): 204 languages.
FLORES = """
ace_Arab ace_Latn acm_Arab acq_Arab aeb_Arab afr_Latn ajp_Arab aka_Latn als_Latn amh_Ethi
apc_Arab arb_Arab arb_Latn ars_Arab ary_Arab arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn
azb_Arab azj_Latn bak_Cyrl bam_Latn ban_Latn bel_Cyrl bem_Latn ben_Beng bho_Deva bjn_Arab
bjn_Latn bod_Tibt bos_Latn bug_Latn bul_Cyrl cat_Latn ceb_Latn ces_Latn cjk_Latn ckb_Arab
crh_Latn cym_Latn dan_Latn deu_Latn dik_Latn dyu_Latn dzo_Tibt ell_Grek eng_Latn epo_Latn
est_Latn eus_Latn ewe_Latn fao_Latn fij_Latn fin_Latn fon_Latn fra_Latn fur_Latn fuv_Latn
gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva
hne_Deva hrv_Latn hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn ita_Latn jav_Latn
jpn_Jpan kab_Latn kac_Latn kam_Latn kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn
kea_Latn khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl kmb_Latn kmr_Latn knc_Arab knc_Latn
kon_Latn kor_Hang lao_Laoo lij_Latn lim_Latn lin_Latn lit_Latn lmo_Latn ltg_Latn ltz_Latn
lua_Latn lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva mal_Mlym mar_Deva min_Arab
min_Latn mkd_Cyrl mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr nld_Latn nno_Latn nob_Latn
npi_Deva nso_Latn nus_Latn nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab
pes_Arab plt_Latn pol_Latn por_Latn prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn
san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab
som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn swh_Latn szl_Latn
tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tpi_Latn
tsn_Latn tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng uig_Arab ukr_Cyrl umb_Latn
urd_Arab uzn_Latn vec_Latn vie_Latn war_Latn wol_Latn xho_Latn ydd_Hebr yor_Latn yue_Hant
zho_Hans zho_Hant zsm_Latn zul_Latn
""".split()

# In FLORES-200 but not among the 202 tokens of NLLB-200's tokenizer. Santali is sat_Olck in
# FLORES-200 and sat_Beng in the tokenizer; both name the same Ol Chiki text.
NOT_IN_NLLB = {"arb_Latn", "min_Arab"}

# mBART-25 (Liu et al. 2020, arXiv:2001.08210, table 1), then the 27 that mBART-50 adds (Tang et
# al. 2020, arXiv:2008.00401), in the order of the tokenizers.
MBART = """
ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV
my_MM ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN
""".split()
MBART50 = [
    *MBART,
    *"""
af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX
sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI
""".split(),
]

# M2M-100 (Fan et al. 2020, arXiv:2010.11125, table 1): 100 languages.
M2M = """
af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha
he hi hr ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne
nl no ns oc or pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo
xh yi yo zh zu
""".split()

# -- pre-training corpora -------------------------------------------------------------------

# mC4 (Xue et al. 2021, arXiv:2010.11934, table 6): 101 languages and 6 in Latin script, as
# labelled by CLD3, whose 'zh' covers both scripts of Chinese: hence zh-Hant. ByT5 (Xue et al.
# 2022, arXiv:2105.13626) reads the same corpus, umT5 (Chung et al. 2023, arXiv:2304.09151) a
# later crawl of the same languages.
MC4 = [
    *"""
af am ar az be bg bg-Latn bn ca ceb co cs cy da de el el-Latn en eo es et eu fa fi fil fr fy ga
gd gl gu ha haw hi hi-Latn hmn ht hu hy id ig is it iw ja ja-Latn jv ka kk km kn ko ku ky la lb
lo lt lv mg mi mk ml mn mr ms mt my ne nl no ny pa pl ps pt ro ru ru-Latn sd si sk sl sm sn so
sq sr st su sv sw ta te tg th tr uk ur uz vi xh yi yo zh zh-Latn zu
""".split(),
    "zh-Hant",
]

# CC-100 as XLM-R was trained on it (Conneau et al. 2020, arXiv:1911.02116, table 6, and the
# model card): 100 corpora; the hundredth is Burmese in Zawgyi encoding, the script of 'my'.
CC100 = """
af am ar as az be bg bn bn-Latn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu
ha he hi hi-Latn hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my
ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta ta-Latn te te-Latn th tl tr
ug uk ur ur-Latn uz vi xh yi zh zh-Hant
""".split()

# The 104 Wikipedias of mBERT cased (Devlin et al. 2019; google-research/bert multilingual.md).
# Serbo-Croatian (sh) stands as sr-Latn, as CLDR has it.
MBERT = """
af an ar ast az azb ba bar be bg bn bpy br bs ca ce ceb cs cv cy da de el en es et eu fa fi fr
fy ga gl gu he hi hr ht hu hy id io is it ja jv ka kk kn ko ky la lb lmo lt lv mg min mk ml mn
mr ms my nb nds ne new nl nn oc pa pl pms pnb pt ro ru scn sco sk sl sq sr sr-Latn su sv sw ta
te tg th tl tr tt uk ur uz vi vo war yo zh zh-Hant
""".split()

# The 46 natural languages of ROOTS (Laurençon et al. 2022, arXiv:2303.03915; BLOOM's card).
ROOTS = """
ak ar as bm bn ca en es eu fon fr gu hi id ig ki kn lg ln ml mr ne nso ny or pa pt rn rw sn st
sw ta te tn ts tum tw ur vi wo xh yo zh zh-Hant zu
""".split()

# The 30 languages of XGLM 564M, 1.7B, 2.9B and 7.5B (Lin et al. 2022, arXiv:2112.10668).
XGLM = """
ar bg bn ca de el en es et eu fi fr hi ht id it ja ko my pt qu ru sw ta te th tr ur vi zh
""".split()

SEEN = {
    "mt5": MC4,
    "byt5": MC4,
    "umt5": MC4,
    "xlmr": CC100,
    "mbert": MBERT,
    "mbart": MBART,
    "mbart50": MBART50,
    "m2m100": M2M,
    "nllb": [code for code in FLORES if code not in NOT_IN_NLLB],
    "bloom": ROOTS,
    "xglm": XGLM,
}

# -- language identifiers -------------------------------------------------------------------

# fastText's lid.176 (Joulin et al. 2017, arXiv:1607.01759; its documentation).
LID176 = """
af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb
co cs cv cy da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he
hi hif hr hsb ht hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez
li lmo lo lrc lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn
no oc or os pa pam pfl pl pms pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh si sk sl so sq
sr su sv sw ta te tg th tk tl tr tt tyv ug uk ur uz vec vep vi vls vo wa war wuu xal xmf yi yo
yue zh
""".split()

# pycld2 0.42: DETECTED_LANGUAGES.
CLD2 = """
aa ab af ak am ar as ay az ba be bg bh bi bn bo br bs ca ceb chr co crs cs cy da de dv dz el en
eo es et eu fa fi fj fo fr fy ga gd gl gn gu gv ha haw hi hmn hr ht hu hy ia id ie ig ik is it
iu iw ja jw ka kha kk kl km kn ko ks ku ky la lb lg lif ln lo lt lua luo lv mfe mg mi mk ml mn
mr ms mt my na ne nl nn no nr nso ny oc om or pa pl ps pt qu rm rn ro ru rw sa sco sd sg si sk
sl sm sn so sq sr ss st su sv sw syr ta te tg th ti tk tl tlh tn to tr ts tt ug uk ur uz ve vi
vo war wo xh yi yo za zh zh-Hant zu
""".split()

# CLD3 (google/cld3, task_context_params.cc): mC4's languages, Bosnian and Croatian.
CLD3 = [*(code for code in MC4 if code != "zh-Hant"), "bs", "hr"]

# lingua-language-detector 2.1.1: the ISO 639-1 codes of Language.all().
LINGUA = """
af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gu he hi hr hu hy id is it ja
ka kk ko la lg lt lv mi mk mn mr ms nb nl nn pa pl pt ro ru sk sl sn so sq sr st sv sw ta te th
tl tn tr ts uk ur vi xh yo zh zu
""".split()

# langdetect 1.0.9: its profiles.
LANGDETECT = """
af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne
nl no pa pl pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh-cn zh-tw
""".split()

# Labels that do not mean what the code says: Wikipedia's als is Alemannic, not Tosk Albanian;
# bh is Bhojpuri. None: a label for several languages, of use to none.
LABEL = {
    ("lid176", "als"): "gsw",
    ("lid176", "bh"): "bho",
    ("cld2", "bh"): "bho",
    ("lid176", "eml"): None,
    ("lid176", "sh"): None,
    ("cld2", "ik"): None,
    ("cld2", "syr"): None,
}
# Identifiers with one label for both scripts of Chinese.
BOTH_CHINESE = ("py3langid", "lid176", "cld3", "lingua")

# -- decisions ------------------------------------------------------------------------------

# A macrolanguage code stands for the member that FLORES-200 means by it, else the member for
# which CLDR uses it. Macrolanguages without an entry are ambiguous and an error.
MEMBER = dict(
    pair.split(":")
    for pair in """
ara:arb aym:ayr aze:azj bik:bcl bua:bxr chm:mhr din:dik doi:dgo est:ekk fas:pes ful:fuv grn:gug
hmn:mww iku:ike kau:knc kom:kpv kon:kng kur:kmr lah:pnb lav:lvs mlg:plt mon:khk msa:zsm nep:npi
nor:nob ori:ory orm:gaz pus:pbt que:quy sqi:als srd:src swa:swh uzb:uzn yid:ydd zha:zyb zho:cmn
zza:diq
""".split()
)
# Macrolanguages that are rows themselves, because FLORES-200 and every corpus treat them as one
# language (aka stands beside twi in FLORES-200).
WHOLE = {"aka", "san"}
# Languages that get no row of their own, because the row of another code covers them.
COVERED = {"fil": "tl", "cls": "sa"}

# Further spellings: deprecated codes still in use (Java, mC4), M2M-100's ns, NLLB's sat_Beng,
# Wikipedia's own, and regions that change the language or its script.
ALIAS = {
    "he": "iw",
    "id": "in",
    "jv": "jw",
    "ko": "ko-kore",
    "prs": "fa-af",
    "ro": "mo mol",
    "sat": "sat-beng",
    "swc": "sw-cd",
    "yi": "ji",
    "nso": "ns",
    "zh": "zh-hani zh-cn zh-sg",
    "be": "be-tarask be-x-old",
    "cbk": "cbk-zam",
    "lzh": "zh-classical",
    "nan": "zh-min-nan",
    "rup": "roa-rup",
    "sgs": "bat-smg",
    "sr": "sr-ec",
    "sr-Latn": "sr-el",
    "vro": "fiu-vro",
    "yue": "zh-yue",
}
AMBIGUOUS = {
    "bh": ("Bihari languages", "bho mai mag"),
    "bih": ("Bihari languages", "bho mai mag"),
    "ber": ("Berber languages", "tzm zgh shi rif kab taq"),
    "sh": ("Serbo-Croatian", "bs hr sr"),
    "als": ("Tosk Albanian in ISO 639-3, Alemannic in Wikipedia and fastText", "sq gsw"),
}

NAME = {
    "bn": "Bengali",
    "diq": "Zazaki (Dimli)",
    "ku": "Kurdish (Kurmanji)",
    "bcl": "Central Bikol",
    "my": "Burmese",
    "mi": "Maori",
    "zh-Hant": "Chinese (Traditional)",
    "yue-Hans": "Cantonese (Simplified)",
    "zlm": "Malay (individual language)",
}

# Where CLDR has no likely script, or another than the corpora and benchmarks.
SCRIPT = {
    **{"abq": "Cyrl", "sjo": "Mong", "xcl": "Armn"},
    **{"mww": "Latn", "mey": "Arab", "lzh": "Hant"},
}
# Scripts beyond CLDR's: the Latin ones of Belebele (Bandarkar et al. 2024, arXiv:2308.16884),
# those of the translations of the Universal Declaration of Human Rights, and the traditional
# ones of Indonesia.
MORE_SCRIPTS = {
    **{"ne": "Latn", "si": "Latn", "gom": "Latn", "ckb": "Latn", "tk": "Cyrl", "ug": "Latn"},
    **{"ban": "Bali", "bug": "Bugi", "jv": "Java", "su": "Sund"},
}
SCRIPT_NAME = {
    "Beng": "Bengali",
    "Hans": "simplified Han",
    "Hant": "traditional Han",
    "Zxxx": "unwritten",
    "Zzzz": "unknown",
}

NOTE = {
    "ak": "FLORES-200 lists Akan beside Twi (tw), one of its two members",
    "ar": "Modern Standard Arabic; the spoken varieties have codes of their own",
    "ff": "Nigerian Fulfulde, as in FLORES-200",
    "kg": "FLORES+ renames FLORES-200's kon_Latn to Kituba (ktu)",
    "kr": "Central Kanuri, as in FLORES-200",
    "ku": "Kurmanji; Sorani is ckb",
    "mww": "what CLD3, mC4 and NTREX call hmn",
    "nb": "what most corpora call no; Nynorsk is nn",
    "nrm": "Narom of Malaysia; Wikipedia's nrm is Norman (nrf)",
    "ps": "Southern Pashto, as in FLORES-200",
    "qu": "Ayacucho Quechua, as in FLORES-200; XCOPA's qu is Eastern Apurímac (qve)",
    "sat": "NLLB-200's tokenizer spells it sat_Beng",
    "tl": "and its standard form Filipino (fil)",
    "zh": "simplified characters; traditional ones are zh-Hant",
}


def fold(code: str) -> str:
    """Spell a code as the table's index does."""
    return code.lower().replace("_", "-")


@dataclass
class Row:
    """One line of the table, before it is written."""

    code: str
    name: str
    iso1: str = ""
    iso3: str = ""
    script: str = "Zzzz"
    scripts: list[str] = field(default_factory=list)
    family: str = ""
    flores: str = ""
    mbart: str = ""
    m2m: str = ""
    macro: str = ""
    glottocode: str = ""
    identifiers: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    note: str = ""

    def plain(self) -> set[str]:
        """List the spellings that the registry derives from the other columns."""
        own = [self.code, self.flores, self.mbart, self.m2m]
        own += [] if "-" in self.code else [self.iso3, f"{self.code}-{self.script}"]
        return {fold(key) for key in own if key} - AMBIGUOUS.keys()

    def line(self, spellings: set[str]) -> str:
        """Write the row as tab-separated text."""
        labels = [f"{name}={label}" for name, label in self.identifiers.items()]
        lists = [labels, sorted(self.seen), sorted(spellings - self.plain())]
        scripts = self.scripts if self.scripts != [self.script] else []
        return "\t".join([
            *(self.code, self.name, self.iso1, self.iso3, self.script, " ".join(scripts)),
            *(self.family, self.flores, self.mbart, self.m2m, self.macro, self.glottocode),
            *(" ".join(values) for values in lists), self.note,
        ])  # fmt: skip


# Languages that data sets name by codes outside ISO 639-3.
EXTRA = [
    Row("ajp", "South Levantine Arabic", iso3="ajp", script="Arab", family="Afro-Asiatic",
        macro="ara", glottocode="sout3123",
        note="retired into apc in 2023; FLORES-200 and UD still tell them apart"),
    Row("nah", "Nahuatl", iso3="nah", script="Latn", family="Uto-Aztecan",
        note="a group of languages, as mixed in AmericasNLI and Wikipedia"),
    Row("oto", "Otomi", iso3="oto", script="Latn", family="Otomanguean",
        note="a group of languages, as in AmericasNLI"),
    Row("qaf", "Maghrebi Arabic-French", iso3="qaf", script="Latn", family="mixed",
        note="private-use code of Universal NER: code-switched Arabizi and French"),
]  # fmt: skip

# Scripts written from right to left (Unicode bidirectional class R or AL), and scripts of
# languages that put no space between words.
RTL = set(
    "Adlm Arab Aran Armi Avst Chrs Cprt Elym Gara Hatr Hebr Hung Khar Lydi Mand Mani Mend"
    " Merc Mero Narb Nbat Nkoo Orkh Ougr Palm Phli Phlp Phnx Prti Rohg Samr Sarb Sogd Sogo Syrc"
    " Thaa Todr Yezi".split()
)
UNSPACED = set(
    "Bali Bopo Bugi Egyp Hani Hans Hant Java Jpan Khmr Lana Laoo Maka Mymr Nshu Tale Talu Tang"
    " Tavt Thai Tibt Xsux Yiii".split()
)


# -- sources --------------------------------------------------------------------------------


def iso_table(name: str) -> list[dict[str, str]]:
    """Read one of SIL's tables as python-iso639 ships them."""
    text = (files("iso639") / "_data" / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


class Glottolog:
    """Families and Glottocodes by ISO 639-3 code."""

    UNCLASSIFIED = ("Bookkeeping", "Unattested", "Unclassifiable")

    def __init__(self) -> None:
        packed = (files("qq") / "data/db.json.gz").read_bytes()
        base = json.loads(gzip.decompress(packed))
        self.entities = base["entities"]
        self.ids = base["resolver"]["id_to_canonical"]

    def family(self, iso3: str) -> str:
        """Name the top-level family, 'isolate' or 'unclassified'."""
        entity = own = self.entities[self.ids[f"iso_639_3:{iso3}"]]
        while parents := entity["relations"].get("parent"):
            entity = self.entities[parents[0]["target_id"]]
        if entity is own:
            return "isolate" if own["glottocode"] else "unclassified"
        return "unclassified" if entity["name"] in self.UNCLASSIFIED else entity["name"]

    def glottocode(self, iso3: str) -> str:
        """Give the Glottocode, '' when there is none."""
        return self.entities[self.ids[f"iso_639_3:{iso3}"]]["glottocode"] or ""


def cldr_scripts() -> dict[str, list[str]]:
    """List the scripts CLDR knows for each language, the likeliest first."""
    scripts: dict[str, list[str]] = {}
    likely = get_global("likely_subtags")
    for tag, full in sorted(likely.items(), key=lambda item: len(item[0].split("_"))):
        lang, script = tag.split("_")[0], full.split("_")[1]
        scripts.setdefault(lang, [])
        if script not in scripts[lang]:
            scripts[lang].append(script)
    for tag in sorted(localedata.locale_identifiers()):
        lang, *rest = tag.split("_")
        if rest and len(rest[0]) == 4 and rest[0] not in scripts.setdefault(lang, []):
            scripts[lang].append(rest[0])
    return scripts


# -- the table ------------------------------------------------------------------------------


class Table:
    """All rows by code, and who owns which spelling."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.ambiguous = dict(AMBIGUOUS)
        self.owner: dict[str, str] = {}
        self.english = Locale("en")

    def add(self, row: Row, *spellings: str) -> None:
        """Add a row and claim its code and further spellings for it."""
        assert row.code not in self.rows, row.code
        self.rows[row.code] = row
        for spelling in {row.code, *spellings} - {""}:
            self.claim(spelling, row.code)

    def claim(self, spelling: str, code: str) -> None:
        """Make a spelling mean a row, or stop when it already means another."""
        owner = self.owner.setdefault(fold(spelling), code)
        if owner != code:
            raise SystemExit(f"{spelling} means both {owner} and {code}")

    def find(self, code: str) -> Row:
        """Find the row of a spelling, a language and a script apart if need be."""
        key = fold(code)
        if key in self.owner:
            return self.rows[self.owner[key]]
        lang, _, script = key.partition("-")
        row = self.rows[self.owner[lang]]
        if not script or script.title() == row.script:
            return row
        return self.rows[f"{row.code}-{script.title()}"]


def iso_rows(table: Table, glottolog: Glottolog) -> None:
    """Add a row for every individual language of ISO 639-3."""
    entries = {entry["Id"]: entry for entry in iso_table("iso-639-3.tab")}
    macros = {m["I_Id"]: m["M_Id"] for m in iso_table("iso-639-3-macrolanguages.tab")}
    stands = {member: entries[macro] for macro, member in MEMBER.items()}
    for iso3, entry in entries.items():
        if (entry["Scope"] != "I" and iso3 not in WHOLE) or iso3 in COVERED:
            continue
        sources = [entry, stands[iso3]] if iso3 in stands else [entry]
        iso1 = next((source["Part1"] for source in sources if source["Part1"]), "")
        code = iso1 or iso3
        plain = re.sub(r" \((?:individual language|macrolanguage)\)$", "", entry["Ref_Name"])
        named = NAME.get(code) or table.english.languages.get(code) or plain
        row = Row(code, named, iso1, iso3, macro=macros.get(iso3, ""), note=NOTE.get(code, ""))
        row.family, row.glottocode = glottolog.family(iso3), glottolog.glottocode(iso3)
        columns = ("Id", "Part1", "Part2b", "Part2t")
        table.add(row, *(source[column] for source in sources for column in columns))
    for row in EXTRA:
        table.add(row)
    for code, spellings in ALIAS.items():
        for spelling in spellings.split():
            table.claim(spelling, code)
    for spelling, code in COVERED.items():
        table.claim(spelling, code)


def macrolanguages(table: Table) -> None:
    """Make every macrolanguage that stands for no one member ambiguous."""
    groups: dict[str, list[str]] = {}
    for member in iso_table("iso-639-3-macrolanguages.tab"):
        if member["I_Status"] == "A":
            groups.setdefault(member["M_Id"], []).append(table.find(member["I_Id"]).code)
    for entry in iso_table("iso-639-3.tab"):
        iso3 = entry["Id"]
        if entry["Scope"] == "M" and iso3 not in table.owner:
            name = entry["Ref_Name"].removesuffix(" (macrolanguage)")
            for key in {iso3, entry["Part1"]} - {""}:
                table.ambiguous[key] = (name, " ".join(groups[iso3]))


def retire(table: Table) -> None:
    """Let a retired code mean its one successor, and be ambiguous after a split."""
    entries = {entry["Id"]: entry for entry in iso_table("iso-639-3_Retirements.tab")}
    for iso3, entry in entries.items():
        if iso3 in table.owner or iso3 in table.ambiguous:
            continue
        heir = entry["Change_To"]
        while heir in entries and heir not in table.owner:
            heir = entries[heir]["Change_To"]
        if heir in table.owner:
            table.claim(iso3, table.owner[heir])
            continue
        parts = re.findall(r"\[(\w{3})\]", entry["Ret_Remedy"])
        heirs = dict.fromkeys(table.owner[part] for part in parts if part in table.owner)
        if len(heirs) > 1:
            table.ambiguous[iso3] = (entry["Ref_Name"], " ".join(heirs))


def script_rows(table: Table) -> None:
    """Give every language its usual script, and a row for each other script in use."""
    known = cldr_scripts()
    flores: dict[str, list[str]] = {}
    for tag in FLORES:
        iso3, script = tag.split("_")
        flores.setdefault(table.find(iso3).code, []).append(script)
    listed: dict[str, set[str]] = {}
    for tag in {tag for tags in SEEN.values() for tag in tags} | set(CLD2) | set(CLD3):
        if re.fullmatch(r"[a-z]{2,3}-[A-Z][a-z]{3}", tag):
            listed.setdefault(table.find(tag[: tag.index("-")]).code, set()).add(tag[-4:])
    for row in list(table.rows.values()):
        mine = flores.get(row.code, [])
        kin = known.get(row.macro) or known.get(table.owner.get(row.macro, "")) or []
        cldr = known.get(row.code) or known.get(row.iso3) or kin[:1]
        none = "Zxxx" if row.family == "Sign Language" else row.script
        usual = next((s for s in cldr if s in mine), next(iter([*mine, *cldr]), none))
        usual = SCRIPT.get(row.code, usual)
        others = {*mine, *cldr, *listed.get(row.code, ()), MORE_SCRIPTS.get(row.code, usual)}
        others -= {usual}
        if row.code in ("en", "zh", "ko", "ja"):
            others &= {"Hant", "Latn"}
        row.script, row.scripts = usual, [usual, *sorted(others)]
        for script in sorted(others):
            variant(table, row, script)


def variant(table: Table, row: Row, script: str) -> None:
    """Add the row of a language in another than its usual script."""
    code = f"{row.code}-{script}"
    written = SCRIPT_NAME.get(script) or table.english.scripts.get(script, script)
    name = NAME.get(code, f"{row.name} ({written} script)")
    other = Row(code, name, row.iso1, row.iso3, script, row.scripts, row.family)
    other.macro, other.glottocode, other.note = row.macro, row.glottocode, NOTE.get(code, "")
    table.add(other)


def code_sets(table: Table) -> None:
    """Write the codes of FLORES-200, mBART-50 and M2M-100, and what each backbone saw."""
    for attribute, codes in (("flores", FLORES), ("m2m", M2M)):
        for code in codes:
            row = table.find(code)
            assert not getattr(row, attribute), code
            setattr(row, attribute, code)
    for code in MBART50:
        row = table.find(code[:2])
        assert not row.mbart, code
        row.mbart = code
    for backbone, codes in SEEN.items():
        for code in codes:
            spelled = code[:2] if backbone.startswith("mbart") else code
            row = table.find(spelled)
            assert backbone not in row.seen, (backbone, code)
            row.seen.append(backbone)


def identifiers(table: Table) -> None:
    """Write the label that each identifier answers for a language."""
    own = LanguageIdentifier.from_model_file(MODEL_FILE).labels
    labels = {"py3langid": sorted(set(own) - {"zxx"}), "lid176": LID176, "cld2": CLD2}
    labels |= {"cld3": CLD3, "lingua": LINGUA, "langdetect": LANGDETECT}
    for name, values in labels.items():
        for label in values:
            meant = LABEL.get((name, label), label)
            if meant:
                row = table.find(meant)
                assert name not in row.identifiers, (name, label)
                row.identifiers[name] = label
        if name in BOTH_CHINESE:
            table.find("zh-Hant").identifiers[name] = "zh"


def regions(table: Table) -> Iterator[tuple[str, str]]:
    """Claim tags whose region implies another script; yield countries taken for languages."""
    for tag, full in sorted(get_global("likely_subtags").items()):
        lang, *rest = tag.split("_")
        likely, script = full.split("_")[:2]
        if not (len(rest) == 1 and len(rest[0]) == 2):
            continue
        if lang == "und":
            if rest[0].lower() not in table.owner and likely in table.owner:
                yield rest[0].lower(), table.owner[likely]
        elif lang in table.owner:
            row = table.find(lang)
            if script != row.script and f"{row.code}-{script}" in table.rows:
                table.claim(f"{row.code}-{rest[0]}", f"{row.code}-{script}")


def row_lines(table: Table) -> Iterator[str]:
    """Write the rows, each with the spellings that mean it; no spelling means two."""
    for spelling in AMBIGUOUS:
        table.owner.pop(spelling, None)
    for row in table.rows.values():
        for spelling in row.plain():
            table.claim(spelling, row.code)
    twice = table.owner.keys() & table.ambiguous.keys()
    if twice:
        raise SystemExit(f"both clear and ambiguous: {sorted(twice)}")
    spellings: dict[str, set[str]] = {}
    for spelling, code in table.owner.items():
        spellings.setdefault(code, set()).add(spelling)
    for code, row in sorted(table.rows.items()):
        yield row.line(spellings[code]).rstrip("\t")


def script_lines(table: Table, used: Iterable[str]) -> Iterator[str]:
    """Write the name and the properties of each script in use."""
    for script in sorted(set(used)):
        flags = ["rtl"] * (script in RTL) + ["unspaced"] * (script in UNSPACED)
        name = SCRIPT_NAME.get(script) or table.english.scripts.get(script, script)
        yield f"@{script}\t{name}\t{' '.join(flags)}"


def main() -> None:
    """Build the table and write it."""
    table = Table()
    iso_rows(table, Glottolog())
    macrolanguages(table)
    retire(table)
    script_rows(table)
    countries = dict(regions(table))
    code_sets(table)
    identifiers(table)
    rows = list(row_lines(table))
    lines = list(script_lines(table, (row.script for row in table.rows.values())))
    lines += [f"?{k}\t{name}\t{codes}" for k, (name, codes) in sorted(table.ambiguous.items())]
    lines += [f"!{country}\t{code}" for country, code in sorted(countries.items())]
    TABLE.write_text(HEADER + "\n".join(lines + rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows, {len(table.ambiguous)} ambiguous codes, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
