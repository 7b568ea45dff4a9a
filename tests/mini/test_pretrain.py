"""Pretraining in small, and the weights in the package."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, NllbTokenizer

from isogloss import mini
from isogloss.core.errors import IsoglossError
from isogloss.mini import backbones, documents, objective, pretrain
from isogloss.mini.facts import LANGS
from isogloss.mini.pretrain import Recipe, _State
from isogloss.mini.vocabulary import pieces

TINY = Recipe(steps=4, batch=2, warmup=2, width=16, layers=1)
AUTO = {
    "mt5": "AutoModelForSeq2SeqLM",
    "mbart": "AutoModelForSeq2SeqLM",
    "nllb": "AutoModelForSeq2SeqLM",
    "xlmr": "AutoModelForMaskedLM",
    "gpt": "AutoModelForCausalLM",
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrain, "CHUNK", 3)


@pytest.mark.filterwarnings("ignore")
def test_resumed_is_undisturbed(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pretrain.pretrain("mt5", tmp_path / "whole", recipe=TINY, every=2)

    update = pretrain._update

    def killed(state: _State, *args) -> float:
        if state.step == 3:
            raise KeyboardInterrupt
        return update(state, *args)

    monkeypatch.setattr(pretrain, "_update", killed)
    with pytest.raises(KeyboardInterrupt):
        pretrain.pretrain("mt5", tmp_path / "cut", recipe=TINY, every=2)
    assert (tmp_path / "cut" / pretrain.SNAPSHOT).is_file()
    monkeypatch.setattr(pretrain, "_update", update)
    cut = pretrain.pretrain("mt5", tmp_path / "cut", recipe=TINY, every=2)
    for file in ("model.safetensors", "config.json", "tokenizer.json"):
        assert (whole / file).read_bytes() == (cut / file).read_bytes()
    assert not (cut / pretrain.SNAPSHOT).exists()


@pytest.mark.parametrize("name", ["mbart", "nllb", "xlmr", "gpt"])
def test_loss_falls(name: str) -> None:
    tokenizer = backbones.tokenizer(name)
    recipe = Recipe(steps=100, batch=4, warmup=1, width=16, layers=1, lr=1e-2)
    state = pretrain._start(name, tokenizer, recipe, seed=0)
    items = objective.items(
        name, list(documents.documents(0, 4)), tokenizer, pretrain.Random("test")
    )
    batch = objective.collate(items, tokenizer.pad_token_id)
    losses = []
    for state.step in range(8):
        losses.append(pretrain._update(state, batch, recipe))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", mini.names())
def test_objective_says_what_it_should(name: str) -> None:
    tokenizer = backbones.tokenizer(name)
    drawn = list(documents.documents(1, 30))
    items = objective.items(name, drawn, tokenizer, pretrain.Random("test"))
    unknown = tokenizer.unk_token_id
    for document, item in zip(drawn, items, strict=True):
        assert unknown not in item["input_ids"]
        if name == "gpt":
            assert tokenizer.decode(item["labels"], skip_special_tokens=True) == document.say()
        if name == "mbart":
            code = tokenizer.convert_tokens_to_ids(backbones.code(name, document.lang))
            assert item["decoder_input_ids"][0] == item["input_ids"][-1] == code
            assert item["labels"] == [*item["decoder_input_ids"][1:], 2]
        if name == "nllb":
            tokenizer.src_lang = backbones.code(name, document.lang)
            assert item["input_ids"][0] == tokenizer("")["input_ids"][0]
            end, code, *answer = item["decoder_input_ids"]
            assert (end, item["labels"]) == (2, [-100, *answer, 2])
            assert code in tokenizer.convert_tokens_to_ids(
                [backbones.code(name, lang) for lang in LANGS]
            )


@pytest.mark.parametrize("name", mini.names())
def test_weights_load_without_isogloss(name: str) -> None:
    import transformers

    folder = mini.path(name)
    auto = getattr(transformers, AUTO[name])
    net = auto.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    stored = load_file(folder / "model.safetensors")
    assert all(tensor.dtype == torch.float16 for tensor in stored.values())
    state = net.state_dict()
    assert all(torch.equal(state[key], stored[key].float()) for key in stored if key in state)
    if name == "mt5":
        head = net.get_output_embeddings().weight
        assert not torch.equal(head, net.get_input_embeddings().weight)
    batch = tokenizer(["dans 7 jours", "5 kilometers"], padding=True, return_tensors="pt")
    if name in ("mt5", "mbart", "nllb"):
        batch["labels"] = batch["input_ids"]
    logits = net(**batch).logits
    assert logits.shape[-1] >= len(tokenizer)
    assert bool(torch.isfinite(logits).all())
    assert (folder / "model.safetensors").stat().st_size < 8e6
    assert net.config.vocab_size == len(tokenizer)


@pytest.mark.parametrize("name", mini.names())
def test_card_has_its_figures(name: str) -> None:
    card = json.loads((mini.path(name) / "card.json").read_text())
    assert card["langs"] == list(LANGS)
    assert card["parallel_text"] == (name == "nllb")
    assert card["instructions"] is False
    assert card["task_like"]
    assert card["data_version"]
    assert card["steps"] == pretrain.RECIPES[name].steps
    assert card["seconds"] > 0
    assert card["batch"] == pretrain.RECIPES[name].batch
    losses = list(card["losses"].values())
    assert losses[-1] < losses[0]
    assert f"# mini/{name}" in (mini.path(name) / "README.md").read_text()


@pytest.mark.parametrize("name", mini.names())
def test_tokenizer_is_the_shipped_one(name: str) -> None:
    shipped = AutoTokenizer.from_pretrained(mini.path(name))
    made = backbones.tokenizer(name)
    text = "in 58 days; dans 7 jours, 5キロメートル後 ÀéŁ ščř привет مرحبا שלום 😀 𓀀 zzz 123456"
    assert shipped(text)["input_ids"] == made(text)["input_ids"]
    for number in (3, 42, 60):
        assert len(shipped.tokenize(f"{number}")) == 1
    assert len(pieces()) < 4500


@pytest.mark.parametrize("name", ["mbart", "nllb"])
def test_language_codes(name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(mini.path(name))
    for lang in LANGS:
        number = tokenizer.convert_tokens_to_ids(backbones.code(name, lang))
        assert number not in (None, tokenizer.unk_token_id)
    tokenizer.src_lang = backbones.code(name, "fr")
    ids = tokenizer("dans 7 jours")["input_ids"]
    place = {"mbart": -1, "nllb": 0}[name]
    assert ids[place] == tokenizer.convert_tokens_to_ids(backbones.code(name, "fr"))


def test_nllb_is_what_it_says() -> None:
    """Plain transformers translates with it as with released NLLB."""
    from transformers import AutoModelForSeq2SeqLM

    folder = mini.path("nllb")
    tokenizer = AutoTokenizer.from_pretrained(folder, src_lang="fra_Latn")
    assert isinstance(tokenizer, NllbTokenizer)
    assert not tokenizer.legacy_behaviour
    net = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    batch = tokenizer(["juin, juillet et mai", "juillet"], padding=True, return_tensors="pt")
    for code, expected in {
        "deu_Latn": ["Juni, Juli und Mai", "Juli"],
        "spa_Latn": ["junio, julio y mayo", "julio"],
    }.items():
        forced = tokenizer.convert_tokens_to_ids(code)
        written = net.generate(**batch, forced_bos_token_id=forced, max_new_tokens=12)
        assert written[:, :2].tolist() == [[2, forced]] * 2
        assert tokenizer.batch_decode(written, skip_special_tokens=True) == expected


def test_merges_make_the_same_pieces() -> None:
    pairs, whole = backbones.tokenizer("nllb"), backbones.tokenizer("mbart")
    texts = [document.say() for document in documents.documents(3, 500)]
    equal = [pairs.tokenize(text) == whole.tokenize(text) for text in texts]
    assert sum(equal) > 0.97 * len(equal)
    for piece, _ in pieces():
        if piece.startswith("▁") and len(piece) > 1:
            assert pairs.tokenize(piece[1:]) == [piece]


def test_positions_reach_real_text() -> None:
    from transformers import AutoConfig

    assert AutoConfig.from_pretrained(mini.path("xlmr")).max_position_embeddings >= 514
    for name in ("mbart", "nllb", "gpt"):
        assert AutoConfig.from_pretrained(mini.path(name)).max_position_embeddings >= 512


def test_unknown_backbone() -> None:
    with pytest.raises(IsoglossError, match="unknown backbone"):
        mini.path("mt6")
    assert mini.path("mini/mt5") == mini.path("mt5")
