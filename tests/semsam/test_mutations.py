"""Would the tests notice a wrong rule? Each mutation of it must disagree with the reference somewhere."""

import random
import sys
import types
from pathlib import Path

import pytest
import torch

from semsam import NeighborTable, SemanticSampling, reference, rule

SOURCE = Path(rule.__file__).read_text(encoding="utf-8")
MUTATIONS = {
    "nothing": ("", ""),
    "self left out": ("return mass[..., 0] + (around", "return 0 * mass[..., 0] + (around"),
    "neighbours left out": ("around = mass[..., 1:].sum(2)", "around = mass[..., :0].sum(2)"),
    "temperature ignored": (".div_(s.temperature)", ""),
    "non-content ignored": ("(table.content[ids] | ~candidate)", "(~candidate | candidate)"),
    "negative cosines kept": ("weight = weight.clamp(min=0)", "weight = weight"),
    "top_p ignored": ("enough = before < s.enough", "enough = before < 2"),
    "prefix one too short": ("p.cumsum(1)[:, :-1], (1, 0)", "p.cumsum(1)[:, 1:], (0, 1)"),
    "ties to the last": (
        "place = position.masked_fill(~tied, last).amin",
        "place = position.masked_fill(~tied, 0).amax",
    ),
    "penalty for reward": ("else around * s.sign)", "else around)"),
    "unused cells counted": ("mass = weight * p", "mass = (weight + (neighbor < 0)) * p"),
}


def mutant(name):
    before, after = MUTATIONS[name]
    assert before in SOURCE
    module = types.ModuleType("semsam_rule_mutant")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(SOURCE.replace(before, after) if before else SOURCE, name, "exec"), module.__dict__)  # noqa: S102
    return module


def disagreements(module, cases=300):
    """In how many seeded rows the module's choice is not the reference's."""
    dice = random.Random(0)
    wrong = 0
    for _ in range(cases):
        vocab, k = dice.randint(3, 8), 4
        content = [dice.random() < 0.95 for _ in range(vocab)]
        known = [t for t in range(vocab) if content[t]]
        ids = torch.full((vocab, k), -1)
        weights = torch.zeros(vocab, k)
        for token in known:
            near = dice.sample([t for t in known if t != token], min(dice.randint(0, 3), len(known) - 1))
            ids[token, : 1 + len(near)] = torch.tensor([token, *near])
            weights[token, 1 : 1 + len(near)] = torch.tensor([dice.randint(-16, 16) / 16 for _ in near])
            weights[token, 0] = 1
        table = NeighborTable(ids, weights, content)
        counts = [dice.randint(0, 6) for _ in range(vocab)]
        counts[0] += 1
        row = torch.tensor([counts]).double().log().float()
        settings = SemanticSampling(
            top_p=dice.choice([0.5, 0.9, 1.0]),
            temperature=dice.choice([0.5, 1.0, 2.0]),
            sign=dice.choice([1, 1, -1]),
        )
        expected = reference.choose(row[0].tolist(), ids.tolist(), weights.tolist(), content, settings)
        found = module.rescore_with_info(row, table, settings)[1].choice.item()
        wrong += found != (-1 if expected is None else expected)
    return wrong


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_rule_is_noticed(name):
    found = disagreements(mutant(name))
    assert (found == 0) if name == "nothing" else (found > 0)
