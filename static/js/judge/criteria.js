// The label of a failed criterion. If the rubric describes good edits, the label is "not: ...".

import { gettext } from "./words.js";

export function faultLabel(name, rubric) {
  if (rubric.criteria_wording !== "quality" || !name) return name;
  const capitals = name.length > 1 && /^\p{Lu}{2}/u.test(name);
  return gettext("not: %(name)s", { name: capitals ? name : name[0].toLowerCase() + name.slice(1) });
}
