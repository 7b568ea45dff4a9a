from __future__ import annotations

from isogloss import report
from isogloss.report.page import page
from isogloss.store import Store


def test_the_page_shows_where_outputs_went(made: Store) -> None:
    built = report.build(made.results())
    falls = built.sections[0].falls
    section = built.sections[0]
    assert [section.columns[fall.column].name for fall in falls] == ["full", "adapter", "mixed in"]
    for fall in falls:
        assert sum(n for _, _, n in fall.flows) == sum(n for _, n in fall.kinds) == fall.total
        assert fall.shared_n <= fall.own_n <= fall.total
        assert fall.shared is not None
        assert {sample.kind for sample in fall.samples} >= {"wrong"}
    assert len({fall.shared_n for fall in falls}) == 1
    drawn = page(built)
    assert "Where outputs went" in drawn
    assert drawn.count('<svg class="flow"') == 3
