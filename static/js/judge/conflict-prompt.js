// Ask once for confirmation before sending an answer whose verdict and scores disagree.

const ANSWERS = new Set(["score", "scoreActive", "prefer", "tie", "place", "joinLast"]);

export function createConflictPrompt() {
  let asked = false;
  let confirmed = false;

  return {
    begin() {
      asked = confirmed = false;
    },
    changed({ type }) {
      if (ANSWERS.has(type)) asked = false;
    },
    mustAsk(conflict) {
      if (!conflict) return false;
      confirmed = asked;
      asked = true;
      return !confirmed;
    },
    evidence: () => ({ conflict_confirmed: confirmed }),
  };
}
