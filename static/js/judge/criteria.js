// A failed criterion in words. Where a rubric version says what should hold, its failure is "not: ...".

import { gettext } from "./words.js";

export function faultLabel(name, rubric) {
  if (rubric.criteria_wording !== "quality" || !name) return name;
  const capitals = name.length > 1 && /^\p{Lu}{2}/u.test(name);
  return gettext("not: %(name)s", { name: capitals ? name : name[0].toLowerCase() + name.slice(1) });
}
