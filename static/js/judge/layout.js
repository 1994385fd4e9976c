// Arranges n panes so that the pictures are largest. A single row aligns with the controls.

const CAPTION = 34;
const GAIN = 1.12; // the least gain in width for which the single row is given up

// Shapes for n panes (source and edits): columns x rows, and the CSS class.
function shapes(n) {
  return [
    { name: "", columns: n, rows: 1 },
    { name: "two-rows", columns: Math.ceil(n / 2), rows: 2 },
    { name: "one-column", columns: 1, rows: n },
  ];
}

// Width at which a picture of this aspect (width / height) is shown in one pane of a shape.
function shownWidth({ columns, rows }, { width, height }, aspect) {
  const inner = width / columns - 16;
  const high = height / rows - CAPTION;
  return Math.max(0, Math.min(inner, high * aspect));
}

export function bestShape(n, box, sizes) {
  const aspects = sizes.map((size) => size.width / size.height).sort((a, b) => a - b);
  const aspect = aspects[Math.floor(aspects.length / 2)];
  const [row, ...others] = shapes(n);
  const gain = (shape) => shownWidth(shape, box, aspect) / shownWidth(row, box, aspect);
  const best = others.reduce((a, b) => (gain(b) > gain(a) ? b : a));
  return gain(best) > GAIN ? best.name : row.name;
}

export function layOut(bench, stage, assignment) {
  const sizes = [assignment.source, ...assignment.candidates];
  const name = bestShape(sizes.length, { width: stage.clientWidth, height: stage.clientHeight }, sizes);
  bench.classList.toggle("two-rows", name === "two-rows");
  bench.classList.toggle("one-column", name === "one-column");
}
