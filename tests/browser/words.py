"""Read every word of a page, and tell which of them came out of no catalogue of translations."""

#: Marks what the scripts' catalogue gives, as pseudo_settings marks what templates and views give.
MARK_SCRIPTS = """
window.django = {
  jsi18n_initialized: true,
  gettext: (text) => `⟦${text}⟧`,
  ngettext: (one, many, n) => `⟦${n === 1 ? one : many}⟧`,
};
"""

#: Visible words with what names them; user data, keys and the letters of the edits are left out.
UNMARKED = """(known) => {
  const INLINE = "b, span, small, i, em, a, time";
  const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt"];
  const strip = (text) => {
    let rest = text;
    for (let before = null; before !== rest; ) {
      before = rest;
      rest = rest.replace(/⟦[^⟦⟧]*⟧/g, " ");
    }
    for (const one of known) rest = rest.replaceAll(one, " ");
    return rest.replace(/(?<![\\p{L}])[A-D](?![\\p{L}])/gu, " ");
  };
  const bad = [];
  const judge = (text, where) => {
    if (/\\p{L}/u.test(strip(text))) bad.push(`${where}: ${text.trim()}`);
  };
  const seen = (node) => !node.closest("script, style, template, kbd, .key, option:not(:checked)")
    && node.checkVisibility({ visibilityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  // A message may hold elements: what counts is the text up to the nearest block.
  const blocks = new Set();
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(parent)) continue;
    blocks.add(parent.closest(`:not(${INLINE})`));
  }
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const counts = node.nodeType === Node.ELEMENT_NODE && node.matches(INLINE) && seen(node);
    return counts ? own(node) : "";
  };
  const own = (block) => [...block.childNodes].map(words).join(" ");
  for (const block of blocks) judge(own(block), block.tagName.toLowerCase());
  for (const node of document.querySelectorAll("body *")) {
    if (node.closest("script, style, template") || !node.checkVisibility()) continue;
    for (const name of ATTRIBUTES) {
      const where = `${node.tagName.toLowerCase()}[${name}]`;
      if (node.hasAttribute(name)) judge(node.getAttribute(name), where);
    }
  }
  judge(document.title, "title");
  return [...new Set(bad)];
}"""


def user_data(campaign):
    """Return what people wrote, longest first: it is in nobody's catalogue."""
    said = {campaign.name, "EditJury"}
    said |= set(campaign.items.values_list("instruction", flat=True))
    said |= set(campaign.memberships.values_list("user__username", flat=True))
    for rubric in campaign.rubrics.all():
        for dimension in rubric.dimensions.all():
            said |= {dimension.name, dimension.question, dimension.name.lower()}
            said |= {text for row in dimension.levels.values_list("name", "text") for text in row}
            said |= {text for row in dimension.criteria.values_list("name", "text") for text in row}
    return sorted(filter(None, said), key=len, reverse=True)


def unmarked(page, campaign):
    return page.evaluate(UNMARKED, user_data(campaign))
