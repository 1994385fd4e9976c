// Translations from Django's catalogue; English without one.
// `makemessages -d djangojs` looks for these function names.

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export function gettext(text, values = {}) {
  return fill(globalThis.django?.gettext(text) ?? text, values);
}

// The number itself is in `values` as n.
export function ngettext(one, many, n, values = {}) {
  const text = globalThis.django?.ngettext(one, many, n) ?? (n === 1 ? one : many);
  return fill(text, { n, ...values });
}
