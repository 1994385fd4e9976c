// The remarks of an answer: failed criteria, strength, reasons, defects, a flag.
// Pure: (state, action) -> state. Boxes are [x, y, width, height] in fractions of the edit.

const MOST_DEFECTS = 12;
const LEAST_SIDE = 0.004;

export function noRemarks(dimensions, k) {
  return {
    flags: Object.fromEntries(dimensions.map(({ slug }) => [slug, Array.from({ length: k }, () => [])])),
    strength: null,
    reasons: [],
    defects: [],
    flagged: false,
  };
}

const toggled = (list, one) =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one].sort();

const changed = (state, remarks) => ({ ...state, remarks: { ...state.remarks, ...remarks } });

const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

// A box inside the picture, from any two corners.
export function boxOf(a, b) {
  const [left, right] = [a.x, b.x].map((x) => clamp(x, 0, 1)).sort((one, other) => one - other);
  const [top, bottom] = [a.y, b.y].map((y) => clamp(y, 0, 1)).sort((one, other) => one - other);
  return [left, top, right - left, bottom - top];
}

export function movedBox([x, y, width, height], dx, dy) {
  return [clamp(x + dx, 0, 1 - width), clamp(y + dy, 0, 1 - height), width, height];
}

export function resizedBox([x, y, width, height], dx, dy) {
  return [x, y, clamp(width + dx, 0.02, 1 - x), clamp(height + dy, 0.02, 1 - y)];
}

export const remarkActions = {
  flag(state, { slug, position, criterion, stays = false }) {
    const rows = state.remarks.flags[slug];
    const dimension = state.dimensions.find((one) => one.slug === slug);
    if (!rows?.[position] || !dimension.criteria[criterion]) return state;
    const flags = { ...state.remarks.flags, [slug]: rows.with(position, toggled(rows[position], criterion)) };
    return { ...changed(state, { flags }), active: stays ? state.active : position };
  },
  flagActive(state, { row, criterion }) {
    const slug = state.dimensions[state.firstRow + row]?.slug;
    return slug ? remarkActions.flag(state, { slug, position: state.active, criterion }) : state;
  },
  strength(state, { value }) {
    return state.remarks.strength === null ? state : changed(state, { strength: value });
  },
  reason(state, { text }) {
    return changed(state, { reasons: toggled(state.remarks.reasons, text) });
  },
  flagged: (state) => changed(state, { flagged: !state.remarks.flagged }),
  addDefect(state, { position, box }) {
    const { defects } = state.remarks;
    if (box[2] < LEAST_SIDE || box[3] < LEAST_SIDE || defects.length >= MOST_DEFECTS) return state;
    const defect = { candidate: position, box, dimension: null, criterion: null };
    return { ...changed(state, { defects: [...defects, defect] }), active: position };
  },
  changeDefect(state, { type: _, index, ...changes }) {
    const { defects } = state.remarks;
    if (!defects[index]) return state;
    return changed(state, { defects: defects.with(index, { ...defects[index], ...changes }) });
  },
  dropDefect(state, { index }) {
    return changed(state, { defects: state.remarks.defects.filter((_, at) => at !== index) });
  },
};

const rounded = ({ box, ...defect }) => ({ ...defect, box: box.map((part) => Number(part.toFixed(4))) });

// The remarks in the body of the submit.
export function remarksOf(state) {
  const { flags, strength, reasons, defects, flagged } = state.remarks;
  if (state.cannotJudge) return { remarks: flagged ? { flagged } : {} };
  const out = {};
  const failed = Object.entries(flags).filter(([, rows]) => rows.some((row) => row.length));
  if (failed.length) out.flags = Object.fromEntries(failed);
  if (strength !== null) out.strength = strength;
  if (reasons.length) out.reasons = reasons;
  if (defects.length) out.defects = defects.map(rounded);
  if (flagged) out.flagged = true;
  return { remarks: out };
}
