"""One configuration file, one table; what is finished is kept."""

import json

import pytest

from rewardsvc.core.errors import TrainingError
from rewardsvc.core.evaluation import ablation

SMALL = {
    "base": {"epochs": 1, "batch_items": 4, "model": {"image_size": 64, "members": 1}},
    "axes": {"objective.loss": ["nll_expected", "davidson"], "objective.ties": ["half", "model"]},
    "folds": 2,
}


def test_the_matrix_is_the_product_of_its_axes_and_lists_invalid_combinations(shapes, tmp_path):
    out = tmp_path / "table.json"
    table = ablation.run(SMALL, shapes.data, shapes.folder, out)
    assert json.loads(out.read_text()) == table
    rows = list(table["rows"].values())
    rows_of = {(r["variant"]["objective.loss"], r["variant"]["objective.ties"]): r for r in rows}
    assert len(rows_of) == 4
    assert "why" in rows_of["nll_expected", "model"]
    assert "why" in rows_of["davidson", "half"]
    first, other = rows_of["nll_expected", "half"], rows_of["davidson", "model"]
    assert "lead" not in first
    lead = other["accuracy"]["value"] - first["accuracy"]["value"]
    assert other["lead"]["value"] == pytest.approx(lead)
    text = ablation.markdown(table)
    assert text.count("\n| loss") == 2
    assert text.count("Refused") == 2


def test_an_interrupted_matrix_resumes_and_a_different_one_is_refused(
    shapes, tmp_path, monkeypatch
):
    out = tmp_path / "table.json"
    whole = ablation.run(SMALL, shapes.data, shapes.folder, tmp_path / "whole.json")
    kept = json.loads((tmp_path / "whole.json").read_text())
    kept["rows"].popitem()
    out.write_text(json.dumps(kept))
    measured = []
    real = ablation.measure
    monkeypatch.setattr(ablation, "measure", lambda *a: measured.append(a) or real(*a))
    resumed = ablation.run(SMALL, shapes.data, shapes.folder, out)
    assert len(measured) == 1
    assert resumed["rows"].keys() == whole["rows"].keys()
    with pytest.raises(TrainingError, match="holds another ablation"):
        ablation.run({**SMALL, "folds": 3}, shapes.data, shapes.folder, out)


@pytest.mark.parametrize(
    ("matrix", "named"),
    [
        ({}, "axes or variants"),
        ({"axes": {}, "variants": []}, "axes or variants"),
        ({"axes": {"lr": 3}}, "axes.lr is 3"),
        ({"axes": {}, "epochs": 3}, "unknown key 'epochs'"),
    ],
)
def test_an_invalid_matrix_is_refused(matrix, named):
    with pytest.raises(TrainingError, match=named):
        list(ablation.variants(matrix))


def test_an_axis_of_an_unknown_setting_is_named():
    with pytest.raises(TrainingError, match=r"unknown training setting 'objective\.strength'"):
        ablation.configured({}, {"objective.strength": 1})
    with pytest.raises(TrainingError, match="leads into seed"):
        ablation.configured({"seed": 1}, {"seed.more": 1})
