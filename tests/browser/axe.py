"""axe-core on a page: what breaks WCAG 2.2 AA, or what axe calls best practice."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

REPORT = Path(__file__).resolve().parents[2] / "build" / "axe"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@cache
def script():
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def violations(page, state):
    """Return one line per violation, and keep what axe found under build/axe."""
    page.evaluate(script())
    found = page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", list(RULES)
    )
    REPORT.mkdir(parents=True, exist_ok=True)
    summary = {
        "state": state,
        "passes": len(found["passes"]),
        "incomplete": [one["id"] for one in found["incomplete"]],
        "violations": [
            {"id": one["id"], "nodes": [node["html"][:200] for node in one["nodes"]]}
            for one in found["violations"]
        ],
    }
    (REPORT / f"{state}.json").write_text(json.dumps(summary, indent=1))
    return [f"{one['id']}: {one['nodes'][:3]}" for one in summary["violations"]]
