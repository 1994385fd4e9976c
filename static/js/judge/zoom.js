// Fit or 1:1 in device pixels, all panes in step by relative position.
// The point (x, y) in fractions of the picture lies at the middle of each pane.

export function createZoom(stage, views) {
  let on = false;
  let middle = { x: 0.5, y: 0.5 };

  // Geometry of one picture at 1:1, in CSS pixels.
  function extent(view) {
    const { width, height } = view.size;
    return { width: width / devicePixelRatio, height: height / devicePixelRatio };
  }

  function place() {
    for (const view of views()) {
      const { width, height } = extent(view);
      const left = offset(view.box.clientWidth, width, middle.x);
      const top = offset(view.box.clientHeight, height, middle.y);
      for (const image of view.box.querySelectorAll("img")) {
        image.style.width = `${width}px`;
        image.style.height = `${height}px`;
        image.style.transform = `translate(${left}px, ${top}px)`;
      }
    }
  }

  // Centred when it fits, else moved, but never past an edge. Whole device pixels stay sharp.
  function offset(room, length, fraction) {
    const wanted = length <= room
      ? (room - length) / 2
      : Math.min(0, Math.max(room - length, room / 2 - fraction * length));
    return Math.round(wanted * devicePixelRatio) / devicePixelRatio;
  }

  function clear() {
    for (const view of views()) {
      for (const image of view.box.querySelectorAll("img")) {
        image.style.width = image.style.height = image.style.transform = "";
      }
    }
  }

  // Move by CSS pixels as seen in one pane; the others follow by the same fraction.
  function moveBy(dx, dy, view) {
    const { width, height } = extent(view);
    const half = { x: view.box.clientWidth / 2 / width, y: view.box.clientHeight / 2 / height };
    const within = (value, margin) => (margin >= 0.5 ? 0.5 : Math.min(1 - margin, Math.max(margin, value)));
    middle = { x: within(middle.x + dx / width, half.x), y: within(middle.y + dy / height, half.y) };
    place();
  }

  function viewAt(event) {
    return views().find((view) => view.box.contains(event.target));
  }

  // The fraction of the picture under the pointer while it is fitted into its pane.
  function fractionAt(event, view) {
    const frame = view.box.getBoundingClientRect();
    const scale = Math.min(frame.width / view.size.width, frame.height / view.size.height);
    const part = (at, length, size) => Math.min(1, Math.max(0, 0.5 + (at - length / 2) / (size * scale)));
    return {
      x: part(event.clientX - frame.left, frame.width, view.size.width),
      y: part(event.clientY - frame.top, frame.height, view.size.height),
    };
  }

  function onDrag(event) {
    const view = viewAt(event);
    if (!on || !view || event.button !== 0) return;
    let last = event;
    const move = (now) => {
      moveBy(last.clientX - now.clientX, last.clientY - now.clientY, view);
      last = now;
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    event.preventDefault();
    stage.focus({ preventScroll: true });
  }

  stage.addEventListener("pointerdown", onDrag);
  stage.addEventListener("wheel", (event) => {
    const view = viewAt(event);
    if (!on || !view || event.ctrlKey) return;
    event.preventDefault();
    moveBy(event.deltaX, event.deltaY, view);
  }, { passive: false });

  return {
    get on() {
      return on;
    },
    set(value) {
      on = value;
      stage.classList.toggle("zoomed", on);
      if (on) place();
      else clear();
    },
    // Aim at what lies under a pointer, from the fitted view.
    aim(event) {
      const view = viewAt(event);
      if (view) middle = fractionAt(event, view);
    },
    reset: () => (middle = { x: 0.5, y: 0.5 }),
    moveBy,
    refresh: () => on && place(),
  };
}
