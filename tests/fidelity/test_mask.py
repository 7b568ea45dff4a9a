"""What is no text makes no loop, no copy and no language."""

from __future__ import annotations

import pytest

from isogloss.fidelity import judge, measure_fidelity
from isogloss.fidelity.mask import mask
from isogloss.metrics import copied, repeated

MASKED = [
    "@user", "@USER", "＠user", "<user>", "<PERSON>", "</s>", "USER", "URL", "http", "HTTPURL",
    "https://t.co/MX9YyutMTx", "www.example.org", "example.com", "a.pdf", "Node.js",
    "a@example.org", "#love", "#हिंदी",
    "[NAME]", "[PERSON_1]", "[رابط]", "[哈哈]", "{name}", "{{ name }}", "NAME_1", "EMAIL_ADDRESS",
    "__URL__", "____", "`code`", "$$x$$", r"\frac", "❤️", "😂", "👨‍👩‍👧", "🇫🇷", "1️⃣", "👍🏽", ":D",
]  # fmt: skip


@pytest.mark.parametrize("thing", MASKED)
def test_what_is_no_text_tells_nothing(run, thing: str) -> None:
    assert not mask(thing).strip()
    for n in (1, 5, 20):
        for text in (
            f"{f'{thing} ' * n}thank you very much my friend",
            f"thank you very much my friend{f' {thing}' * n}",
            f"thank you {f'{thing} ' * n}very much my friend",
        ):
            assert str(judge()([text], "en")[0]) == "right", text
            assert run(repeated.METRIC, [""], [text]) == 0.0
            assert len(mask(text)) == len(text)
        alone = f"{thing} " * n
        assert judge()([alone], "en")[0].kind == "unjudged"
        assert run(repeated.METRIC, [""], [alone]) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "the user is here", "snake_case and f(x)=S", "3 > 2 = 5", "a < b and c > d", "he said :it",
        "curl the hair", "a [sic] b", "1. one", "50 % of C", "Users of http2",
    ],
)  # fmt: skip
def test_text_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "stuck"),
    [
        ("1 000 000 000 000 francs", False),
        ("06 00 00 00 00 00 is my number", False),
        ("0 0 0 0 0 0 0 0 0", False),
        ("id 00000000-0000-0000-0000-000000000000", False),
        ("the answer is 5 the answer is 5 the answer is 5 the answer is 5", True),
        ("@user thank you @user thank you @user thank you @user thank you", True),
        ("wow wow wow wow 😂", True),
        ("Спасибо 😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂", False),
        ("二十二十二十二十", True),
    ],
)
def test_numbers_alone_make_no_loop_and_words_between_masks_do(run, text: str, stuck: bool) -> None:
    assert run(repeated.METRIC, [""], [text]) == stuck
    assert (judge()([text], "en")[0].kind == "repeated") == stuck


def test_a_copy_is_one_whatever_was_masked(run) -> None:
    source, output = "@user @user Le fleuve a monté. https://t.co/a", "Le fleuve a monté. 😂"
    assert judge()([output], "fr", [source])[0].kind == "copied"
    assert run(copied.METRIC, ["autre"], [output], "fr", [source]) == 1.0
    assert judge()(["@user"], "fr", ["@user"])[0].kind == "unjudged"
    assert run(copied.METRIC, ["autre"], ["@user"], "fr", ["@user @user"]) == 0.0
    assert judge()(["dans 4 jours"], "fr", ["dans 3 jours"])[0].kind != "copied"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["x", "_a", "A_", "a.", "a-", "a@", "http", "1\ufe0f", "[A", "{a", "<a", "😂", "%a"]
)
def test_a_huge_line_is_masked(piece: str) -> None:
    """In a blink: what looks back at every sign would not end before the time is up."""
    text = "_ < @ " + piece * 200_000
    assert len(mask(text)) == len(text)


def test_handles_move_no_rate() -> None:
    tweets = [
        "Kubeshya ntabwo Ari icyaha uretse iyo urukiko rubyemeje",
        "Kuki mwarindira kubikorerwa n'abagabo mu gihe muzwiho ubushobozi?",
        "Icyo gihe kizagera, reka tubitegereze",
    ]
    masked = [f"{'@user ' * 9}{tweet} {'@user ' * 4}" for tweet in tweets]
    assert measure_fidelity(masked, "rw").rate == measure_fidelity(tweets, "rw").rate == 1.0
