"""Shared beginnings against whole sequences, flash attention against sdpa, mixed precision."""

import importlib.util
import tempfile

import numpy as np
import torch

from rewardsvc.core.scoring import RewardScorer
from rewardsvc.core.training.train import fit
from tests.bench.gpu_parts import small

LAYOUTS = ("released", "native")
#: Rounding may differ between two ways of computing by this many times what it costs either.
FACTOR = 2.0


def _mu(context, model, rows):
    return RewardScorer(model, {}, context.device).score(rows)["mu"]


def sharing(context):
    """Sharing may change a reward no more than bfloat16 itself does."""
    rows = small.triples()
    small.exact(context)
    with tempfile.TemporaryDirectory() as folder:
        for family in small.FAMILIES:
            for layout in LAYOUTS:
                exact = _mu(context, small.model(context, folder, family, layout=layout), rows)
                model = small.in_bfloat16(small.model(context, folder, family, layout=layout))
                shared = _mu(context, model, rows)
                model.share = False
                alone = _mu(context, model, rows)
                rounding = max(np.abs(each - exact).max() for each in (shared, alone))
                name = f"{family}, {layout}"
                context.keep(**{name: {"rounding": float(rounding), "range": float(np.ptp(exact))}})
                context.check(f"{name}: shared against whole sequences in bfloat16",
                              np.abs(shared - alone).max(), FACTOR * float(rounding))  # fmt: skip


def attention(context):
    """Flash attention and sdpa over rows of different lengths, whole sequences both."""
    if not context.cuda or importlib.util.find_spec("flash_attn") is None:
        why = "flash_attn is not installed" if context.cuda else "there is no GPU"
        context.keep(skipped=why)
        return
    rows = small.triples()
    options = {"layout": "released", "precision": "bfloat16"}
    with tempfile.TemporaryDirectory() as folder:
        for family in small.FAMILIES:
            exact = _mu(context, small.model(context, folder, family, layout="released"), rows)
            found = {}
            for kind in ("sdpa", "flash_attention_2"):
                model = small.model(context, folder, family, attention=kind, **options)
                model.share = False
                found[kind] = _mu(context, model, rows)
            rounding = float(np.abs(found["sdpa"] - exact).max())
            apart = np.abs(found["sdpa"] - found["flash_attention_2"]).max()
            context.check(f"{family}: flash attention against sdpa, with padding", apart,
                          FACTOR * max(rounding, 1e-3))  # fmt: skip


def precision(context):
    """bfloat16 by autocast: heads, trained weights and rewards are float32."""
    rows = small.triples()
    with tempfile.TemporaryDirectory() as folder:
        small.exact(context)
        exact = _mu(context, small.model(context, folder, small.FAMILIES[0]), rows)
        model = small.model(context, folder, small.FAMILIES[0], precision="bfloat16")
        kinds = {p.dtype for p in model.parameters() if p.requires_grad}
        context.check("trained weights are float32", str(kinds), "float32",
                      ok=kinds == {torch.float32})  # fmt: skip
        batch = _batch(context, model, rows)
        seen = {}
        hook = model.network.heads.register_forward_hook(
            lambda _, given, out: seen.update(states=given[0].dtype, rewards=out[0].dtype)
        )
        with torch.inference_mode():
            model(batch)
        hook.remove()
        context.keep(**{name: str(kind) for name, kind in seen.items()})
        context.check("rewards are float32", str(seen["rewards"]), "float32",
                      ok=seen["rewards"] == torch.float32)  # fmt: skip
        apart = np.abs(_mu(context, model, rows) - exact).max()
        context.check("rewards against float32, in 0.1 of their range", apart,
                      0.1 * float(np.ptp(exact)))  # fmt: skip
        _trains(context, folder)


def _batch(context, model, rows):
    from rewardsvc.core.scoring import Question

    pictures = {str(n): image for n, row in enumerate(rows) for image in row[:1]}
    pictures |= {f"edit {n}": row[1] for n, row in enumerate(rows)}
    asked = [Question(str(n), f"edit {n}", row[2]) for n, row in enumerate(rows)]
    return model.batch(asked, pictures.__getitem__).to(torch.device(context.device))


def _trains(context, folder):
    place, data = small.snapshot(folder)
    config = small.config(folder, epochs=1, precision="bfloat16")
    result = fit(config, data, small.images(config, place, data),
                 train_sources=data.train_sources, device=context.device)  # fmt: skip
    kinds = {p.dtype for p in result.model.parameters() if p.requires_grad}
    loss = result.history[-1].loss
    context.check("a training step leaves float32 weights and a finite loss", loss, "finite",
                  ok=kinds == {torch.float32} and np.isfinite(loss))  # fmt: skip
