// Ask once for confirmation before sending an answer that contradicts itself.

const ANSWERS = new Set([
  "score", "scoreActive", "prefer", "tie", "place", "joinLast", "flag", "flagActive",
]);

export function createConflictPrompt() {
  let asked = false;
  let confirmed = false; // a verdict against the scores

  return {
    begin() {
      asked = confirmed = false;
    },
    changed({ type }) {
      if (ANSWERS.has(type)) asked = false;
    },
    // verdict: whether it contradicts the scores; criteria: whether one failed under a top score.
    mustAsk({ verdict, criteria }) {
      if (!verdict && !criteria) return false;
      confirmed = asked && Boolean(verdict);
      const ask = !asked;
      asked = true;
      return ask;
    },
    evidence: () => ({ conflict_confirmed: confirmed }),
  };
}
