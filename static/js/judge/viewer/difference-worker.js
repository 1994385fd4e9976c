// Compares an edit with its source, pixel by pixel, after moving it back by (dx, dy) pixels.

const CHANGED = 24; // levels, after a mean over 3 x 3; larger than recompression noise
const DIM = 0.42;
const MARK = 0xff187aff; // orange

function pixels(bitmap) {
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, context.canvas.width, context.canvas.height);
}

// Largest difference of a channel, weighted by opacity; 0 where the moved edit does not reach.
function differences(source, edit, dx, dy) {
  const { width, height } = source;
  const [a, b] = [source.data, edit.data];
  const result = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = y + dy;
    if (row < 0 || row >= height) continue;
    for (let x = Math.max(0, -dx); x < Math.min(width, width - dx); x += 1) {
      const [i, j] = [4 * (y * width + x), 4 * (row * width + x + dx)];
      result[i >> 2] = Math.max(
        Math.abs(a[i] - b[j]), Math.abs(a[i + 1] - b[j + 1]), Math.abs(a[i + 2] - b[j + 2]),
        Math.abs(a[i + 3] - b[j + 3]),
      );
    }
  }
  return result;
}

// Mean over 3 x 3, edges repeated.
function smooth(values, width, height) {
  const across = new Uint16Array(values.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, i = y * width; x < width; x += 1, i += 1) {
      across[i] = values[x ? i - 1 : i] + values[i] + values[x < width - 1 ? i + 1 : i];
    }
  }
  const result = new Uint8Array(values.length);
  for (let y = 0; y < height; y += 1) {
    const [up, down] = [y ? -width : 0, y < height - 1 ? width : 0];
    for (let x = 0, i = y * width; x < width; x += 1, i += 1) {
      result[i] = (across[i + up] + across[i] + across[i + down]) / 9;
    }
  }
  return result;
}

// A bitmap whose pixels are written as one number each: alpha, blue, green, red.
function drawn(width, height, colour) {
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i += 1) words[i] = colour(i);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.transferToImageBitmap();
}

const grey = (level) => 0xff000000 + level * 0x010101;

function differenceMap({ width, height }, values, gain) {
  return drawn(width, height, (i) => grey(Math.min(255, values[i] * gain)));
}

// The source, dim and grey, with what changed outside the region.
function outsideMap({ width, height, data }, values, region) {
  return drawn(width, height, (i) => {
    if (values[i] > CHANGED && region.data[4 * i] < 128) return MARK;
    const light = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
    return grey(Math.round(DIM * light));
  });
}

addEventListener("message", ({ data }) => {
  const source = pixels(data.source);
  const values = differences(source, pixels(data.edit), Math.round(data.dx), Math.round(data.dy));
  const smoothed = smooth(values, source.width, source.height);
  const difference = differenceMap(source, smoothed, data.gain);
  const outside = data.region ? outsideMap(source, smoothed, pixels(data.region)) : null;
  const changed = smoothed.reduce((n, value) => n + (value > CHANGED), 0) / smoothed.length;
  postMessage({ id: data.id, difference, outside, changed }, [difference, outside].filter(Boolean));
});
