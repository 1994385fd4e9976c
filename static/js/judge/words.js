// The words on the page in the person's language: Django's catalogue, English where it has none.
// The names are the ones that `makemessages -d djangojs` looks for.

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export function gettext(text, values = {}) {
  return fill(globalThis.django?.gettext(text) ?? text, values);
}

// The number itself is in `values` as n.
export function ngettext(one, many, n, values = {}) {
  const text = globalThis.django?.ngettext(one, many, n) ?? (n === 1 ? one : many);
  return fill(text, { n, ...values });
}
