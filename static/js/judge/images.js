// Fetches and decodes pictures before they are shown, so that a swap never blinks.

const KEEP = 32;

export function createImages() {
  const cache = new Map(); // url -> Promise<HTMLImageElement>, least recently used first

  async function decode(url) {
    const image = new Image();
    image.decoding = "async";
    image.src = url;
    await image.decode();
    return image;
  }

  function load(url) {
    let picture = cache.get(url);
    cache.delete(url);
    if (!picture) {
      picture = decode(url);
      picture.catch(() => cache.delete(url));
    }
    cache.set(url, picture);
    while (cache.size > KEEP) cache.delete(cache.keys().next().value);
    return picture;
  }

  // Start fetching the pictures of a comparison that comes later; failures are met when it is shown.
  function preload(assignment) {
    for (const { url } of [assignment.source, ...assignment.candidates]) load(url).catch(() => {});
  }

  // A decoded element of its own: the same picture may stand in several panes.
  async function copy(url) {
    const image = (await load(url)).cloneNode();
    await image.decode();
    return image;
  }

  return { copy, preload };
}
