// Pictures as bitmaps: fetched once, decoded off the main thread at the size shown.
// The caller of take() closes the bitmap; unused prefetched bitmaps are closed here.

const FIT_SIDE = 1600; // of the lossy view, see annotation/items/imaging/derivatives.py
const STEPS = [512, 768, 1152]; // of its smaller files, see annotation/items/services/fit_steps.py

export const pixelsOf = ({ width, height }, scale) => ({
  width: Math.max(1, Math.round(width * scale)),
  height: Math.max(1, Math.round(height * scale)),
});

// The size of the file behind `url`: the lossy view of a large picture is smaller than the picture.
const lossySize = (picture) =>
  pixelsOf(picture, Math.min(1, FIT_SIDE / Math.max(picture.width, picture.height)));

const longest = ({ width, height }) => Math.max(width, height);

// The files of a picture that have enough pixels for a longest side, the smallest first.
function filesFor(picture, side) {
  const lossy = longest(lossySize(picture));
  const steps = STEPS.filter((step) => step >= side && step < lossy);
  return [...steps.map((step) => `${picture.url}?side=${step}`), picture.url];
}

class NotLoaded extends Error {
  constructor(status) {
    super(`The picture was answered with ${status}.`);
    this.status = status;
  }
}

export function createPictures() {
  const files = new Map(); // url -> Promise<Blob>
  const downloads = new Map(); // url -> AbortController, while it is on its way
  const fullUrls = new Set(); // of the comparison that is shown
  const ahead = new Map(); // "url width" -> Promise<ImageBitmap>

  async function download(url, priority) {
    const controller = new AbortController();
    downloads.set(url, controller);
    try {
      const { signal } = controller;
      const response = await fetch(url, { credentials: "same-origin", priority, signal });
      if (!response.ok) throw new NotLoaded(response.status);
      return await response.blob();
    } finally {
      downloads.delete(url);
    }
  }

  // Stop a download, which frees the line for what is shown now.
  function abort(url) {
    downloads.get(url)?.abort();
    files.delete(url);
  }

  function file(url, priority = "high") {
    if (!files.has(url)) {
      const promise = download(url, priority);
      promise.catch(() => files.delete(url));
      files.set(url, promise);
    }
    return files.get(url);
  }

  // The smallest file with enough pixels, or a larger one that is there already.
  function lossy(picture, side, priority) {
    const urls = filesFor(picture, side);
    return file(urls.find((url) => files.has(url)) ?? urls[0], priority);
  }

  // A bitmap of the lossy view, `size` pixels large; never enlarged. side: the longest that is soon needed.
  async function decode(picture, size, { side = 0, priority } = {}) {
    const blob = await lossy(picture, Math.max(side, longest(size)), priority);
    if (size.width >= lossySize(picture).width) return createImageBitmap(blob);
    return createImageBitmap(blob, {
      resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "high",
    });
  }

  const key = (picture, size) => `${picture.url} ${size.width}`;

  function take(picture, size, side) {
    const name = key(picture, size);
    const decoded = ahead.get(name);
    ahead.delete(name);
    return decoded ? decoded.catch(() => decode(picture, size, { side })) : decode(picture, size, { side });
  }

  function prepare(picture, size, side) {
    const name = key(picture, size);
    if (!ahead.has(name)) {
      const bitmap = decode(picture, size, { side, priority: "low" });
      bitmap.catch(() => ahead.delete(name));
      ahead.set(name, bitmap);
    }
  }

  // The lossless view at full size.
  const full = async (picture) => createImageBitmap(await file(picture.full_url, "low"));

  // Stop the lossless pictures on their way of all others.
  function abandonFull(pictures) {
    const kept = new Set(pictures.map(({ full_url }) => full_url));
    for (const url of fullUrls) if (!kept.has(url) && downloads.has(url)) abort(url);
    fullUrls.clear();
    for (const url of kept) fullUrls.add(url);
  }

  // Free everything that belongs to other pictures.
  function retain(pictures) {
    const urls = new Set(pictures.flatMap(({ url, full_url }) => [url, full_url]));
    for (const url of files.keys()) if (!urls.has(url.replace(/\?side=\d+$/, ""))) abort(url);
    for (const [name, bitmap] of ahead) {
      if (urls.has(name.slice(0, name.lastIndexOf(" ")))) continue;
      ahead.delete(name);
      bitmap.then((decoded) => decoded.close(), () => {});
    }
  }

  async function bytes() {
    const sizes = await Promise.all([...ahead.values()].map((bitmap) => bitmap.catch(() => null)));
    return sizes.reduce((sum, bitmap) => sum + (bitmap ? bitmap.width * bitmap.height * 4 : 0), 0);
  }

  return { take, prepare, full, file, lossy, retain, abandonFull, bytes };
}
