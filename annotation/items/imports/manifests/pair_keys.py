"""Rows of preference data: two edits, or a list of edits, under keys of their own.

EditReward's train.json and HPDv3 have `path1`, `path2`, `model1`, `model2`; EditReward-Bench has
`paths_generated` and, where it is known who made them, `models`.
"""

from annotation.items.imports.manifests.json_stream import Fields

PAIR = ("path1", "model1", "path2", "model2")
GROUP = ("paths_generated", "models")


def as_item(value: object) -> object:
    """Return a row of preference data as an item with candidates; anything else as it is."""
    if not isinstance(value, Fields) or value.doubles or value.keys() & {"candidates", "target"}:
        return value
    if set(PAIR) <= value.keys():
        edits = [(value["path1"], value["model1"]), (value["path2"], value["model2"])]
        return _with_candidates(value, PAIR, edits)
    if set(GROUP) <= value.keys() and all(isinstance(value[key], list) for key in GROUP):
        paths, models = (value[key] for key in GROUP)
        if len(paths) == len(models):
            return _with_candidates(value, GROUP, list(zip(paths, models, strict=True)))
    return value


def _with_candidates(
    value: Fields, keys: tuple[str, ...], edits: list[tuple[object, object]]
) -> Fields:
    rest = [(key, each) for key, each in value.items() if key not in keys]
    candidates = [Fields([("path", path), ("generator", model)]) for path, model in edits]
    return Fields([*rest, ("candidates", candidates)])
