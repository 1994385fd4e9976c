// The state of an unfinished answer. Pure: (state, action) -> state; no access to the page.
// Positions are screen positions, 0 = A. groups: ranked positions, best first; a group is a tie.

import { faultLabel } from "./criteria.js";
import { noRemarks, remarkActions, remarksOf } from "./remarks.js";
import { gettext } from "./words.js";

export const LETTERS = "ABCD";
// Dimensions that have keys at a time, see keymap.js.
const KEYED = 3;

export function begin(assignment, clientId, rules = {}) {
  const dimensions = assignment.rubric.dimensions.map((dimension) => ({
    slug: dimension.slug,
    name: dimension.name,
    values: dimension.levels.map((level) => level.value),
    criteria: (dimension.criteria ?? []).map(({ name }) => faultLabel(name, assignment.rubric)),
  }));
  const k = assignment.candidates.length;
  return {
    id: assignment.id,
    clientId,
    k,
    dimensions,
    active: 0,
    advances: Boolean(rules.advance),
    stepped: false, // the last action outlined the next edit by itself
    firstRow: 0, // of the dimensions that have keys now
    scores: Object.fromEntries(dimensions.map(({ slug }) => [slug, Array(k).fill(null)])),
    groups: [],
    lastIsImplied: false,
    tieKind: null,
    cannotJudge: "",
    note: "",
    asksStrength: Boolean(rules.asks_strength) && k === 2,
    remarks: noRemarks(dimensions, k),
  };
}

// Restore a draft, if it fits this assignment.
export function resume(state, draft) {
  if (!draft || draft.id !== state.id || draft.k !== state.k) return state;
  const fits = state.dimensions.every(({ slug }) => Array.isArray(draft.scores?.[slug]));
  if (!fits) return state;
  const { dimensions, asksStrength, advances } = state;
  const remarks = draft.remarks ?? state.remarks;
  return { ...state, ...draft, dimensions, asksStrength, advances, remarks };
}

const actions = {
  // stays: the outlined edit does not change.
  score(state, { slug, position, value, stays = false }) {
    const dimension = state.dimensions.find((one) => one.slug === slug);
    if (!dimension?.values.includes(value) || !inside(state, position)) return state;
    const row = state.scores[slug].with(position, value);
    return { ...state, active: stays ? state.active : position, scores: { ...state.scores, [slug]: row } };
  },
  // stays: the outlined edit does not change.
  scoreActive(state, { row, step, stays = false }) {
    const dimension = state.dimensions[state.firstRow + row];
    if (!dimension || step >= dimension.values.length) return state;
    const value = dimension.values[step];
    const scored = actions.score(state, { slug: dimension.slug, position: state.active, value });
    return state.advances && !stays ? advance(state, scored) : scored;
  },
  // Give the keys to the next dimensions, where there are more than the keys can reach.
  moreRows(state) {
    const next = state.firstRow + KEYED;
    return { ...state, firstRow: next < state.dimensions.length ? next : 0 };
  },
  activate(state, { position }) {
    return inside(state, position) ? { ...state, active: position } : state;
  },
  move(state, { step }) {
    return { ...state, active: (state.active + step + state.k) % state.k, firstRow: 0 };
  },
  prefer(state, { position, tied }) {
    if (!inside(state, position)) return state;
    const joins = tied && state.k > 2; // two edits have separate keys for ties
    if (state.asksStrength && !joins && isFirst(state, position)) return stronger(state);
    return withStrength(joins ? tieWithBefore(state, position) : rankNext(state, position));
  },
  // Tie the last ranked edit with the one before it.
  joinLast(state) {
    const at = state.groups.length - (state.lastIsImplied ? 2 : 1);
    return state.k > 2 && at > 0 ? tieWithBefore(state, state.groups[at].at(-1)) : state;
  },
  tie(state, { kind }) {
    return withStrength({ ...state, groups: [all(state)], lastIsImplied: false, tieKind: kind });
  },
  // Put a dropped edit into the group at `at`, or as a new group before it.
  place(state, { position, at, joins }) {
    if (!inside(state, position)) return state;
    const groups = state.groups.map((group) => group.filter((one) => one !== position));
    if (joins && groups[at]) groups[at].push(position);
    else groups.splice(at, 0, [position]);
    return complete({ ...state, groups: groups.filter((group) => group.length), tieKind: null });
  },
  cannot(state, { reason }) {
    return { ...state, cannotJudge: reason };
  },
  note(state, { text }) {
    return { ...state, note: text };
  },
  ...remarkActions,
};

export function reduce(state, action) {
  const act = actions[action.type];
  if (!act) return state;
  if (!state.stepped) return act(state, action);
  const settled = { ...state, stepped: false };
  // A Tab after the last score of an edit is a habit: the outline is on the next edit already.
  return action.type === "move" && action.step === 1 ? settled : act(settled, action);
}

const inside = (state, position) => position >= 0 && position < state.k;
const all = (state) => [...Array(state.k).keys()];
const without = (groups, position) =>
  groups.map((group) => group.filter((one) => one !== position)).filter((group) => group.length);

// The dimensions of an edit that have no score yet.
const unscored = (state, position) =>
  state.dimensions.filter(({ slug }) => state.scores[slug][position] === null);

// After the last score of an edit outline the next incomplete one; after the last score that the keys
// reach, give the keys to the next dimensions.
function advance(before, state) {
  const { active, k } = state;
  const left = unscored(state, active);
  if (left.length === unscored(before, active).length) return state;
  if (left.length) {
    const keyed = state.dimensions.slice(state.firstRow, state.firstRow + KEYED);
    if (left.some((one) => keyed.includes(one))) return state;
    const row = state.dimensions.indexOf(left[0]);
    return { ...state, firstRow: row - (row % KEYED) };
  }
  const others = all(state).slice(1).map((step) => (active + step) % k);
  const next = others.find((position) => unscored(state, position).length);
  return next === undefined ? { ...state, firstRow: 0 } : { ...state, active: next, firstRow: 0, stepped: true };
}

const isFirst = (state, position) => !isTie(state) && state.groups[0]?.includes(position);

// Cycle through slightly, clearly, much.
function stronger(state) {
  const strength = ((state.remarks.strength ?? 0) % 3) + 1;
  return { ...state, remarks: { ...state.remarks, strength } };
}

// A preference has a strength if the campaign asks for one; a tie has none.
function withStrength(state) {
  const preferred = state.asksStrength && state.groups.length && !isTie(state);
  return { ...state, remarks: { ...state.remarks, strength: preferred ? 1 : null } };
}

// The next rank for a position; a number pressed on a full ranking starts it again.
function rankNext(state, position) {
  const ranked = state.groups.flat();
  const again = ranked.includes(position);
  const implied = state.lastIsImplied && state.groups.at(-1)[0] === position;
  if (implied && state.k > 2) return { ...state, lastIsImplied: false };
  const groups = again || ranked.length === state.k ? [[position]] : [...state.groups, [position]];
  return complete({ ...state, groups, tieKind: null });
}

// The last edit gets its rank without a key.
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

// (k,) dense ranks, 1 = best; null = none yet.
export function ranks(state) {
  return all(state).map((position) => {
    const at = state.groups.findIndex((group) => group.includes(position));
    return at === -1 ? null : at + 1;
  });
}

export const isTie = (state) => state.groups.length === 1 && state.groups[0].length === state.k;

// The missing parts of an answer, as text for the person; empty: it can be sent.
export function missing(state) {
  if (state.cannotJudge) return [];
  const parts = [];
  for (const position of all(state)) {
    const open = unscored(state, position);
    if (open.length) {
      const letter = LETTERS[position];
      const text = open.length === state.dimensions.length
        ? gettext("%(letter)s scores", { letter })
        : `${letter} ${open[0].name.toLowerCase()}`;
      parts.push({ position, slug: open[0].slug, text });
    }
  }
  if (ranks(state).includes(null)) parts.push({ text: gettext("overall") });
  else if (isTie(state) && !state.tieKind) parts.push({ text: gettext("tie: good or bad?") });
  return parts;
}

// {better, worse}: positions whose order differs between verdict and summed scores; else null.
export function conflict(state) {
  if (state.cannotJudge || missing(state).length) return null;
  const sums = all(state).map((position) =>
    state.dimensions.reduce((sum, { slug }) => sum + state.scores[slug][position], 0));
  const allRanks = ranks(state);
  for (const better of all(state)) {
    const worse = all(state).find((one) => allRanks[better] < allRanks[one] && sums[better] < sums[one]);
    if (worse !== undefined) return { better, worse };
  }
  return null;
}

// {position, name}: an edit with the top score of a dimension in which something failed; else null.
export function flaggedTop(state) {
  if (state.cannotJudge) return null;
  for (const { slug, name, values } of state.dimensions) {
    const top = Math.max(...values);
    const position = all(state).find((one) =>
      state.scores[slug][one] === top && state.remarks.flags[slug]?.[one]?.length);
    if (position !== undefined) return { position, name };
  }
  return null;
}

// The body of the submit, in screen order.
export function answer(state) {
  const cannot = state.cannotJudge || null;
  return {
    client_id: state.clientId,
    scores: cannot ? {} : state.scores,
    verdict: cannot ? null : { ranks: ranks(state), tie_kind: isTie(state) ? state.tieKind : null },
    cannot_judge: cannot,
    note: state.note,
    ...remarksOf(state),
  };
}
