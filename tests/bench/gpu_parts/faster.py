"""What may make scoring faster: each tried alone, before and after, and taken back."""

import contextlib
import importlib
import itertools
import types

import torch
from torch.nn import functional

from tests.bench import scoring
from tests.bench.gpu_parts.models import models


def run(context):
    model = models(context)["native"]
    items = 1 if context.tiny else 8
    batch = scoring.batch_of(model, items, 4).to(torch.device(context.device))
    rows = []
    for name, change in TRIES.items():
        with torch.inference_mode():
            wanted = model(batch)
            before = context.median_seconds(lambda: model(batch))
            row = {"what": name, "before_s": before}
            try:
                with change(context, model):
                    found = model(batch)
                    row["after_s"] = context.median_seconds(lambda: model(batch))
            except Exception as error:  # noqa: BLE001 - one that cannot run says so
                row["failed"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            else:
                row["speedup"] = row["before_s"] / row["after_s"]
                row["difference"] = float((found[0] - wanted[0]).abs().max())
                row["spread"] = float(wanted[0].float().std())
        rows.append(row)
        context.keep(tries=rows, reverted=[row["what"] for row in rows])


@contextlib.contextmanager
def windows_together(_, model):
    """Compute a vision layer's windows of one size in one call, not one after the other."""
    blocks = model.network.backbone.visual.blocks
    for block in blocks:
        block.attn.forward = types.MethodType(_windows, block.attn)
    try:
        yield
    finally:
        for block in blocks:
            del block.attn.forward


def _windows(attention, hidden_states, cu_seqlens, *_, position_embeddings=None, **__):
    module = importlib.import_module(type(attention).__module__)
    length = hidden_states.shape[0]
    parts = attention.qkv(hidden_states).reshape(length, 3, attention.num_heads, -1)
    query, key, value = parts.permute(1, 0, 2, 3).unbind(0)
    query, key = module.apply_rotary_pos_emb_vision(query, key, *position_embeddings)
    ends = cu_seqlens.tolist()
    sizes = [b - a for a, b in itertools.pairwise(ends)]
    out = torch.empty_like(value)
    starts = torch.tensor(ends[:-1], device=value.device)
    given = torch.tensor(sizes, device=value.device)
    for size in sorted(set(sizes)):
        rows = starts[given == size][:, None] + torch.arange(size, device=value.device)
        one = (each[rows].transpose(1, 2) for each in (query, key, value))  # (n, heads, size, d)
        seen = functional.scaled_dot_product_attention(*one)
        out[rows.flatten()] = seen.transpose(1, 2).flatten(0, 1).to(out.dtype)
    return attention.proj(out.reshape(length, -1))


@contextlib.contextmanager
def other_kernels(context, _):
    """Let cuDNN's attention come first where a mask is needed."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    order = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
    if context.cuda:
        order.insert(0, SDPBackend.CUDNN_ATTENTION)
    try:
        chosen = sdpa_kernel(order, set_priority=True)
    except TypeError:  # before torch 2.7 there is no order
        chosen = sdpa_kernel([order[0], SDPBackend.MATH])
    with chosen:
        yield


@contextlib.contextmanager
def compiled(context, model):
    """Compile the element-wise work of the text layers: norms and gated products."""
    layers = model.network.backbone.language_model.layers
    chosen = [part for layer in layers for part in (layer.mlp, layer.input_layernorm)] + [
        layer.post_attention_layernorm for layer in layers
    ]
    for part in chosen:
        # A tiny model's compilation would take longer than everything else.
        part.compile(dynamic=True, backend="eager" if context.tiny else "inductor")
    try:
        yield
    finally:
        for part in chosen:
            part._compiled_call_impl = None


TRIES = {
    "vision windows in one call": windows_together,
    "cuDNN attention first": other_kernels,
    "norms and gated products compiled": compiled,
}
