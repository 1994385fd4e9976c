// The difference maps of the current comparison: made on first use, and again after a nudge.

export function createMaps(differences) {
  let assignment = null;
  let panes = [];
  let made = null; // the promise of the present maps

  async function makeOne(pane, position, mine, gain) {
    const edit = assignment.candidates[position];
    const [x, y] = edit.shift ?? [0, 0];
    // A nudge by hand overrides the server's shift.
    const moved = pane.nudge.x || pane.nudge.y;
    const offset = moved ? { x: -pane.nudge.x, y: -pane.nudge.y } : { x, y };
    const job = { source: assignment.source, edit, offset, region: assignment.region, gain };
    const { difference, outside, changed } = await differences.compute(job);
    if (mine !== assignment) return;
    pane.tellChanged(changed);
    pane.difference.set("map", difference);
    if (outside) pane.outside.set("map", outside);
  }

  return {
    begin(next, all) {
      assignment = next;
      panes = all.slice(1);
      made = null;
    },
    outdated() {
      made = null;
    },
    // gain: of the difference map; a difference of 256 / gain levels is white.
    make(gain) {
      const mine = assignment;
      made ??= Promise.allSettled(panes.map((pane, position) => makeOne(pane, position, mine, gain)));
      return made;
    },
  };
}
