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


#: The rules whose outcome depends on the theme.
COLOUR_RULES = ("color-contrast", "link-in-text-block")


def violations_in_both_themes(page, state):
    """Return one line per violation; what the dark theme cannot change is looked at once."""
    page.emulate_media(color_scheme="light")
    light = violations(page, f"{state}-light")
    page.emulate_media(color_scheme="dark")
    dark = violations(page, f"{state}-dark", {"type": "rule", "values": list(COLOUR_RULES)})
    return light + dark


def violations(page, state, only=None):
    """Return one line per violation, and keep what axe found under build/axe."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(script())
    only = only or {"type": "tag", "values": list(RULES)}
    # Of what passes, axe then describes one node a rule: most of its time goes there.
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(document, options)", options)
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
