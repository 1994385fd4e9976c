// An answer in the making, as plain values. Pure: (state, action) -> state; nothing here knows the page.
// Positions are screen positions, 0 = A. groups: ranked positions, best first, equals together.

export const LETTERS = "ABCD";

export function begin(assignment, clientId) {
  const dimensions = assignment.rubric.dimensions.map((dimension) => ({
    slug: dimension.slug,
    name: dimension.name,
    values: dimension.levels.map((level) => level.value),
  }));
  const k = assignment.candidates.length;
  return {
    id: assignment.id,
    clientId,
    k,
    dimensions,
    active: 0,
    scores: Object.fromEntries(dimensions.map(({ slug }) => [slug, Array(k).fill(null)])),
    groups: [],
    lastIsImplied: false,
    tieKind: null,
    cannotJudge: "",
    note: "",
  };
}

// Take over what an earlier visit left, where it still fits this assignment.
export function resume(state, draft) {
  if (!draft || draft.id !== state.id || draft.k !== state.k) return state;
  const fits = state.dimensions.every(({ slug }) => Array.isArray(draft.scores?.[slug]));
  return fits ? { ...state, ...draft, dimensions: state.dimensions } : state;
}

const actions = {
  score(state, { slug, position, value }) {
    const dimension = state.dimensions.find((one) => one.slug === slug);
    if (!dimension?.values.includes(value) || !inside(state, position)) return state;
    const row = state.scores[slug].with(position, value);
    return { ...state, active: position, scores: { ...state.scores, [slug]: row } };
  },
  scoreActive(state, { row, step }) {
    const dimension = state.dimensions[row];
    if (!dimension || step >= dimension.values.length) return state;
    const value = dimension.values[step];
    return actions.score(state, { slug: dimension.slug, position: state.active, value });
  },
  activate(state, { position }) {
    return inside(state, position) ? { ...state, active: position } : state;
  },
  move(state, { step }) {
    return { ...state, active: (state.active + step + state.k) % state.k };
  },
  prefer(state, { position, tied }) {
    if (!inside(state, position)) return state;
    return tied ? tieWithBefore(state, position) : rankNext(state, position);
  },
  tie(state, { kind }) {
    return { ...state, groups: [all(state)], lastIsImplied: false, tieKind: kind };
  },
  cannot(state, { reason }) {
    return { ...state, cannotJudge: reason };
  },
  note(state, { text }) {
    return { ...state, note: text };
  },
};

export function reduce(state, action) {
  return actions[action.type]?.(state, action) ?? state;
}

const inside = (state, position) => position >= 0 && position < state.k;
const all = (state) => [...Array(state.k).keys()];
const without = (groups, position) =>
  groups.map((group) => group.filter((one) => one !== position)).filter((group) => group.length);

// The next rank for a position; a number pressed again after the ranking is full starts it anew.
function rankNext(state, position) {
  const ranked = state.groups.flat();
  const again = ranked.includes(position);
  const implied = state.lastIsImplied && state.groups.at(-1)[0] === position;
  if (implied && state.k > 2) return { ...state, lastIsImplied: false };
  const groups = again || ranked.length === state.k ? [[position]] : [...state.groups, [position]];
  return complete({ ...state, groups, tieKind: null });
}

// The last one left needs no key of its own.
function complete(state) {
  const ranked = state.groups.flat();
  const left = all(state).filter((position) => !ranked.includes(position));
  if (left.length !== 1) return { ...state, lastIsImplied: false };
  return { ...state, groups: [...state.groups, left], lastIsImplied: true };
}

function tieWithBefore(state, position) {
  const at = state.groups.findIndex((group) => group.includes(position));
  if (at === 0) return state;
  const others = without(state.groups, position);
  if (!others.length) return complete({ ...state, groups: [[position]], tieKind: null });
  const target = at === -1 ? others.length - 1 : at - 1;
  const groups = others.with(target, [...others[target], position]);
  return complete({ ...state, groups, tieKind: null });
}

// (k,) dense ranks, 1 = best; null where there is none yet.
export function ranks(state) {
  return all(state).map((position) => {
    const at = state.groups.findIndex((group) => group.includes(position));
    return at === -1 ? null : at + 1;
  });
}

export const isTie = (state) => state.groups.length === 1 && state.groups[0].length === state.k;

// What an answer still lacks, in the words shown to the person; empty: it can be sent.
export function missing(state) {
  if (state.cannotJudge) return [];
  const lacks = [];
  for (const position of all(state)) {
    const open = state.dimensions.filter(({ slug }) => state.scores[slug][position] === null);
    if (open.length) {
      const what = open.length === state.dimensions.length ? "scores" : open[0].name.toLowerCase();
      lacks.push({ position, slug: open[0].slug, text: `${LETTERS[position]} ${what}` });
    }
  }
  if (ranks(state).includes(null)) lacks.push({ text: "overall" });
  else if (isTie(state) && !state.tieKind) lacks.push({ text: "tie: good or bad?" });
  return lacks;
}

// The body of the submit, in the order shown.
export function answer(state) {
  const cannot = state.cannotJudge || null;
  return {
    client_id: state.clientId,
    scores: cannot ? {} : state.scores,
    verdict: cannot ? null : { ranks: ranks(state), tie_kind: isTie(state) ? state.tieKind : null },
    cannot_judge: cannot,
    note: state.note,
  };
}
