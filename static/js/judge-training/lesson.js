// The explanation of a training answer: both scores and verdicts, and the campaign's reason.

import { LETTERS, begin, ranks, resume } from "../judge/state.js";
import { gettext } from "../judge/words.js";

const made = (tag, text, className = "") =>
  Object.assign(document.createElement(tag), { textContent: text, className });

function row(name, mine, theirs) {
  const line = document.createElement("tr");
  const same = mine === theirs;
  line.append(made("th", name), made("td", mine), made("td", theirs, same ? "" : "other"));
  line.firstChild.scope = "row";
  return line;
}

const verdict = (allRanks) =>
  allRanks.map((rank, position) => `${LETTERS[position]} ${rank}`).join(" · ");

export function fillLesson(node, { entry, lesson, onClose }) {
  const { assignment } = entry;
  const state = resume(begin(assignment, ""), entry.state);
  const table = document.createElement("table");
  table.className = "table";
  const head = document.createElement("tr");
  head.append(made("th", ""), made("th", gettext("You")), made("th", gettext("The campaign")));
  table.append(head);
  for (const { slug, name } of assignment.rubric.dimensions) {
    lesson.scores[slug].forEach((score, position) => {
      const mine = state.scores[slug][position];
      table.append(row(`${LETTERS[position]} ${name}`, mine === null ? "–" : String(mine), String(score)));
    });
  }
  const mine = state.cannotJudge ? gettext("cannot judge") : verdict(ranks(state));
  table.append(row(gettext("Ranks"), mine, verdict(lesson.ranks)));
  const title = made("h2", gettext("Training: how the campaign judges this"));
  title.id = "explained-title";
  const why = made("p", lesson.explanation, "break");
  why.dir = "auto";
  const on = made("button", gettext("Go on"), "button primary");
  on.type = "button";
  on.addEventListener("click", onClose);
  node.replaceChildren(title, table, why, on);
}
