"""axe-core in a page, past its content security policy, and the report of what it found."""

import json
from pathlib import Path

import axe_playwright_python

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
REPORT = Path(__file__).resolve().parents[2] / "build" / "axe.json"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations", "incomplete", "passes"],
  });
  const brief = (rule) => ({
    rule: rule.id,
    impact: rule.impact,
    help: rule.help,
    nodes: rule.nodes.map(({ target, any }) => ({
      target: target.flat().join(" "), why: any.map(({ message }) => message).join(" "),
    })),
  });
  return {
    engine: found.testEngine.version,
    passed: found.passes.map(({ id }) => id).sort(),
    violations: found.violations.map(brief),
    undecided: found.incomplete.map(brief),
  };
}"""


def run_axe(page):
    """Return axe's findings on the page as it is now: engine, passed, violations, undecided."""
    # Evaluated over the debugger's wire, which no content security policy covers.
    page.evaluate(SCRIPT)
    return page.evaluate(RUN, RULES)


def note(name, found):
    """Add a state's findings to build/axe.json, whichever process of the tests looked."""
    folder = REPORT.parent / "axe"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    states = {one.stem: json.loads(one.read_text()) for one in sorted(folder.glob("*.json"))}
    report = {
        "rules": RULES,
        "n_states": len(states),
        "n_violations": sum(len(state["violations"]) for state in states.values()),
        "states": states,
    }
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def in_words(violations):
    return [
        f"{one['rule']} ({one['impact']}): {node['target']}: {node['why']}"
        for one in violations
        for node in one["nodes"]
    ]
