// Positions of pictures in their panes. Pure.
// A camera {zoom, x, y}: zoom 1 = fitted; (x, y), in fractions of the picture, is at the centre of
// each pane, so that panes with pictures of different size stay aligned.
// A room {left, top, width, height}: a pane on the page, in CSS pixels. A size: a picture, in pixels.

export const FITTED = { zoom: 1, x: 0.5, y: 0.5 };
const MOST = 32; // device pixels per image pixel

const between = (low, value, high) => Math.min(high, Math.max(low, value));

// CSS pixels per image pixel of a fitted picture.
export const fitScale = (room, size) => Math.min(room.width / size.width, room.height / size.height);

// The zoom at which one image pixel is one pixel of the device.
export const realSize = (room, size, ratio) => 1 / (ratio * fitScale(room, size));

function extent(camera, room, size) {
  const scale = fitScale(room, size) * camera.zoom;
  return { width: size.width * scale, height: size.height * scale };
}

// The fraction at the centre, clamped so that panes show little empty space.
function held(fraction, room, length) {
  const half = room / 2 / length;
  return half >= 0.5 ? 0.5 : between(half, fraction, 1 - half);
}

export function within(camera, room, size, ratio) {
  const least = Math.min(1, realSize(room, size, ratio));
  const zoom = between(least, camera.zoom, Math.max(MOST * realSize(room, size, ratio), 1));
  const { width, height } = extent({ ...camera, zoom }, room, size);
  return { zoom, x: held(camera.x, room.width, width), y: held(camera.y, room.height, height) };
}

// The rectangle of the picture in its pane, on whole device pixels so that it is sharp.
export function placed(camera, room, size, ratio, nudge = { x: 0, y: 0 }) {
  const exact = extent(camera, room, size);
  const pixels = (length) => Math.round(length * ratio) / ratio;
  const [width, height] = [pixels(exact.width), pixels(exact.height)];
  const [x, y] = [held(camera.x, room.width, width), held(camera.y, room.height, height)];
  // The browser itself aligns the pane to whole pixels.
  return {
    left: pixels(room.width / 2 - (x - nudge.x) * width),
    top: pixels(room.height / 2 - (y - nudge.y) * height),
    width,
    height,
    natural: size.width,
  };
}

// The fraction of the picture under a point of the page.
export function fractionAt(rect, room, point) {
  return {
    x: (point.clientX - room.left - rect.left) / rect.width,
    y: (point.clientY - room.top - rect.top) / rect.height,
  };
}

// Zoom around a point of the page.
export function zoomedAt(camera, zoom, room, size, point, ratio) {
  const before = extent(camera, room, size);
  const [x, y] = [held(camera.x, room.width, before.width), held(camera.y, room.height, before.height)];
  const off = {
    x: point.clientX - room.left - room.width / 2,
    y: point.clientY - room.top - room.height / 2,
  };
  const { zoom: allowed } = within({ ...camera, zoom }, room, size, ratio);
  const after = extent({ zoom: allowed }, room, size);
  const moved = {
    zoom: allowed,
    x: x + off.x / before.width - off.x / after.width,
    y: y + off.y / before.height - off.y / after.height,
  };
  return within(moved, room, size, ratio);
}

// Pan by CSS pixels of one pane; the others follow by the same fraction.
export function movedBy(camera, dx, dy, room, size, ratio) {
  const { width, height } = extent(camera, room, size);
  return within({ ...camera, x: camera.x - dx / width, y: camera.y - dy / height }, room, size, ratio);
}
