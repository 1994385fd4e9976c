// A percentage whose digits move by CSS transforms, so that a change causes no layout.

const DIGITS = 4;

export function createReadout(host) {
  const columns = [...Array(DIGITS)].map(() => {
    const column = Object.assign(document.createElement("span"), { className: "digit" });
    const strip = document.createElement("span");
    strip.append(...[" ", ..."0123456789"].map((sign) => {
      return Object.assign(document.createElement("i"), { textContent: sign });
    }));
    column.append(strip);
    return column;
  });
  host.replaceChildren(...columns, " %");
  host.role = "img";

  let shown = "";
  return (percent) => {
    const text = String(Math.min(9999, Math.round(percent)));
    if (text === shown) return;
    shown = text;
    const signs = text.padStart(DIGITS, " ");
    columns.forEach((column, at) => {
      const row = signs[at] === " " ? 0 : Number(signs[at]) + 1;
      column.firstChild.style.transform = `translateY(${-row}lh)`;
    });
    host.ariaLabel = `${text} %`;
  };
}
