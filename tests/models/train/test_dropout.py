"""Our dropout has the distribution of torch's."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from isogloss.models.train.dropout import fast_dropout, mask


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_dropped_and_the_mean_are_right(p):
    torch.manual_seed(0)
    drawn = mask(torch.empty(300, 1001), p)
    assert (drawn == 0).float().mean().item() == pytest.approx(p, abs=0.004)
    assert drawn.mean().item() == pytest.approx(1, abs=0.02)
    assert len(drawn.unique()) == 2
    assert drawn.max().item() == pytest.approx(1 / (1 - p), rel=1e-3)


def test_neighbours_are_independent():
    torch.manual_seed(0)
    dropped = (mask(torch.empty(400_000), 0.2) == 0).float()
    for apart in (1, 2, 3, 4):
        both = (dropped[apart:] * dropped[:-apart]).mean().item()
        assert both == pytest.approx(0.04, abs=0.002)


def test_it_is_there_for_a_while_only():
    usual = F.dropout
    with fast_dropout():
        assert F.dropout is not usual
        states = torch.ones(64, 64, requires_grad=True)
        out = torch.nn.Dropout(0.25)(states)
        out.sum().backward()
        assert torch.equal(states.grad, out)
        assert torch.equal(F.dropout(states, 0.25, training=False), states)
    assert F.dropout is usual
