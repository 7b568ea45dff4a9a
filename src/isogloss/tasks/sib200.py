"""Tell the topic of a sentence, one of seven (SIB-200).

The same sentences in 205 languages, split the same way in all of them.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.language.registry import canonical
from isogloss.reader.release import Release

LABELS = (
    "science/technology", "travel", "politics", "sports", "health", "entertainment", "geography",
)  # fmt: skip
CODES = """
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
    npi_Deva nqo_Nkoo nso_Latn nus_Latn nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn
    pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl
    sag_Latn san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh slk_Latn slv_Latn smo_Latn sna_Latn
    snd_Arab som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn swh_Latn
    szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi
    tpi_Latn tsn_Latn tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng uig_Arab ukr_Cyrl
    umb_Latn urd_Arab uzn_Latn vec_Latn vie_Latn war_Latn wol_Latn xho_Latn ydd_Hebr yor_Latn
    yue_Hant zho_Hans zho_Hant zsm_Latn zul_Latn
"""
"""Names of the folders: FLORES-200 codes."""
SIZES = {"train": 701, "dev": 99, "test": 204}
RELEASE = Release(
    name="sib200",
    files="{lang}/{split}.tsv",
    langs={canonical(code): code for code in CODES.split()},
    columns=("index_id", "category", "text"),
    hub="mteb/sib200",
    revision="a74d7350ea12af010cfb1c21e34f1f81fd2e615b",
    config=True,
)


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Read one split of one language."""
    rows = RELEASE.rows(lang, split, data)
    # Later revisions were once served with the wrong split under a name.
    if data is None and len(rows) != SIZES[split]:
        raise IsoglossError(
            f"'{RELEASE.hub}' ({lang}) has {len(rows)} items in {split}, not {SIZES[split]}",
            "give the original files with --data DIR",
        )
    placed = []
    for where, row in rows:
        values = {"text": row["text"], "target": row["category"]}
        name = str(row["index_id"])
        example = build("classify", values, where=where, id=name, lang=lang, labels=LABELS)
        placed.append((where, example))
    check_ids(placed)
    return [example for _, example in placed]


TASK = Task(
    version="1",
    kind="classify",
    langs=tuple(RELEASE.langs),
    load=load,
    metrics=("accuracy", "macro_f1"),
    labels=LABELS,
    fields=("text",),
    available=RELEASE.available,
    digest=RELEASE.digest,
    moving=RELEASE.moving,
    source="https://github.com/dadelani/sib-200",
    licence="Apache 2.0; the sentences are those of FLORES-200, CC BY-SA 4.0",
    cite="Adelani et al. (2024), SIB-200: A Simple, Inclusive, and Big Evaluation Dataset for "
    "Topic Classification in 200+ Languages and Dialects, EACL 2024, arXiv:2309.07445",
)
