"""The paper's own table, quoted, to stand beside computed rows.

Source: EditReward (arXiv 2509.26346), Table 2; all values in per cent. A random judge answers
among four labels on GenAI-Bench and among three on AURORA-Bench; reward models do not.
"""

COLUMNS = ("genai-bench", "aurora-bench-pairs", "imagenhub", "K=2", "K=3", "K=4", "all")
TABLE: dict[str, tuple[float | None, ...]] = {
    "Random": (25.90, 33.43, None, 25.81, 11.33, 1.35, 13.84),
    "Human to human": (None, None, 41.84, None, None, None, None),
    "GPT-4o": (53.54, 50.81, 38.21, 45.69, 27.33, 7.31, 28.31),
    "GPT-5": (59.61, 47.27, 40.85, 57.53, 38.51, 12.84, 37.81),
    "Gemini-2.0-Flash": (53.32, 44.31, 23.69, 52.43, 33.33, 13.51, 33.47),
    "Gemini-2.5-Flash": (57.01, 47.63, 41.62, 58.61, 39.86, 12.16, 38.02),
    "Qwen2.5-VL-3B": (42.76, 30.69, -2.54, 51.07, 20.27, 2.71, 26.86),
    "Qwen2.5-VL-7B": (40.48, 38.62, 18.59, 52.69, 24.67, 3.38, 29.75),
    "Qwen2.5-VL-32B": (39.28, 37.06, 26.87, 50.54, 25.27, 4.05, 28.72),
    "MiMo-VL-7B-SFT-2508": (57.89, 30.43, 22.14, 49.46, 30.41, 9.46, 31.19),
    "ADIEE": (59.96, 55.56, 34.50, None, None, None, None),
    "EditReward (Qwen2.5-VL-7B)": (63.97, 59.50, 36.18, 56.99, 36.00, 10.81, 36.78),
    "EditReward (MiMo-VL-7B)": (65.72, 63.62, 35.20, 56.45, 42.67, 11.49, 38.42),
}


def quoted(benchmark: str) -> tuple[tuple[str, ...], list[tuple[str, tuple[float | None, ...]]]]:
    """Return the columns of a benchmark and the rows that have a value in one of them."""
    multi = COLUMNS[3:]
    columns = multi if benchmark == "editreward-bench" else (benchmark,)
    places = [COLUMNS.index(column) for column in columns if column in COLUMNS]
    rows = [(name, tuple(values[place] for place in places)) for name, values in TABLE.items()]
    return columns, [row for row in rows if any(value is not None for value in row[1])]
