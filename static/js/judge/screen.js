// Gamut and pane size of this screen, against the campaign's minimum.

import { gettext } from "./words.js";

const GAMUTS = ["srgb", "p3", "rec2020"]; // from small to large
const NAMES = { srgb: "sRGB", p3: "Display P3", rec2020: "Rec. 2020" };

function gamut() {
  return GAMUTS.findLast((one) => matchMedia(`(color-gamut: ${one})`).matches) ?? "srgb";
}

// pane(): [width, height] of a pane in CSS pixels.
export function createScreen(rules, pane) {
  function problems() {
    const found = [];
    const has = gamut();
    if (rules.least_gamut && GAMUTS.indexOf(has) < GAMUTS.indexOf(rules.least_gamut)) {
      found.push(gettext("This campaign asks for a screen that shows %(wanted)s; this one tells %(has)s.", {
        wanted: NAMES[rules.least_gamut], has: NAMES[has],
      }));
    }
    const longest = Math.round(Math.max(...pane()) * devicePixelRatio);
    if (rules.least_pane && longest < rules.least_pane) {
      found.push(gettext(
        "This campaign asks for pictures of at least %(wanted)s pixels; here they have %(has)s. Make the window larger.",
        { wanted: rules.least_pane, has: longest },
      ));
    }
    return found;
  }
  return { problems, evidence: () => ({ gamut: gamut() }) };
}
