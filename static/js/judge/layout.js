// Arranges n panes and the controls so that the pictures are largest.

const CAPTION = 24; // CSS pixels of a caption, above a picture or at its left side
const PADDING = 4; // around a picture in its pane
const LEAST_DOCK = 360; // width of the controls beside the pictures
const MOST_DOCK = 560;
const LEAST_WINDOW = 900; // no controls beside the pictures in a narrower window
// The least gain in width for which a single row, aligned with the controls below it, is given up.
const SHAPE_GAIN = 1.12;
// The least gain for which the controls stand beside the pictures, where they are not aligned.
const BESIDE_GAIN = 1.1;
// The least gain for which controls move that the person has already worked with.
const MOVE_GAIN = 1.25;

// Columns x rows, and the CSS class.
function shapes(n) {
  return [
    { name: "", columns: n, rows: 1 },
    { name: "two-rows", columns: Math.ceil(n / 2), rows: 2 },
    { name: "one-column", columns: 1, rows: n },
  ].flatMap((shape) => [{ ...shape, aside: false }, { ...shape, aside: true }]);
}

// Width at which a picture of this aspect (width / height) is shown in one pane of a shape.
function shownWidth({ columns, rows, aside }, { width, height }, aspect) {
  const [across, down] = aside ? [CAPTION, 0] : [0, CAPTION];
  const inner = width / columns - 2 * PADDING - across;
  const high = height / rows - 2 * PADDING - down;
  return Math.max(0, Math.min(inner, high * aspect));
}

// The best shape for pictures of these sizes in a box: {name, columns, rows, aside, width}.
// aligned: the controls stand below, one column per pane of a single row.
export function bestShape(n, box, sizes, { aligned = true } = {}) {
  const aspects = sizes.map((size) => size.width / size.height).sort((a, b) => a - b);
  const aspect = aspects[Math.floor(aspects.length / 2)];
  const measured = shapes(n).map((shape) => ({ ...shape, width: shownWidth(shape, box, aspect) }));
  const largest = (some) => some.reduce((a, b) => (b.width > 1.02 * a.width ? b : a));
  const [row, other] = [largest(measured.filter(({ rows }) => rows === 1)), largest(measured)];
  return other.width > row.width * (aligned ? SHAPE_GAIN : 1) ? other : row;
}

// sizes: of the source and the edits, in pixels. dock: "auto", "below" or "beside".
export function layOut(bench, stage, { sizes, dock = "auto" }) {
  const shown = bench.classList.contains("no-source") ? sizes.slice(1) : sizes;
  const fit = (beside) => {
    bench.classList.toggle("beside", beside);
    bench.style.setProperty("--dock-width", `${LEAST_DOCK}px`);
    const box = { width: stage.clientWidth, height: stage.clientHeight };
    return { beside, box, shape: bestShape(shown.length, box, shown, { aligned: !beside }) };
  };
  const best = choose(bench, fit, dock);
  if (bench.classList.contains("beside") !== best.beside) bench.classList.toggle("beside", best.beside);
  for (const name of ["two-rows", "one-column"]) bench.classList.toggle(name, best.shape.name === name);
  bench.classList.toggle("aside-captions", best.shape.aside);
  bench.style.setProperty("--columns", best.shape.columns);
  bench.style.setProperty("--dock-width", `${dockWidth(best)}px`);
}

function choose(bench, fit, dock) {
  if (bench.classList.contains("alone") || bench.clientWidth < LEAST_WINDOW || dock === "below") return fit(false);
  if (dock === "beside") return fit(true);
  // While the window keeps its size, the controls keep their place unless they cost a lot.
  const window = `${bench.clientWidth} ${innerHeight}`;
  const was = bench.dataset.window === window ? bench.classList.contains("beside") : null;
  bench.dataset.window = window;
  const [below, beside] = [fit(false), fit(true)];
  const least = { null: BESIDE_GAIN, true: 1 / MOVE_GAIN, false: MOVE_GAIN }[was];
  return beside.shape.width > below.shape.width * least ? beside : below;
}

// Controls beside the pictures take the width that the pictures cannot use.
function dockWidth({ box, shape }) {
  const pane = shape.width + 2 * PADDING + 1 + (shape.aside ? CAPTION : 0);
  const spare = Math.floor(box.width - shape.columns * pane);
  return Math.min(MOST_DOCK, LEAST_DOCK + Math.max(0, spare));
}
