"""The report as Markdown, ready for docs/performance.md. Stands on the standard library alone."""


def markdown(report):
    """Return the tables of what has been found so far."""
    lines = [f"### {report['name']}", ""]
    lines += _machine(report)
    for name, part in report["parts"].items():
        if part is None:
            continue
        lines += _part(name, part)
    return "\n".join(lines).rstrip() + "\n"


def _machine(report):
    machine = report["parts"].get("machine")
    if not machine or not machine["figures"]:
        return []
    figures = machine["figures"]
    versions = ", ".join(f"{k} {v}" for k, v in figures.get("packages", {}).items() if v)
    smi = figures.get("nvidia_smi") or {}
    clocks = ", ".join(f"{key} {value}" for key, value in smi.items())
    return [
        f"Device: {figures.get('device')}; {figures.get('cores')} cores of {figures.get('cpu')}.",
        f"Commit {report['commit'][:10]}.",
        f"Python {figures.get('python')}, {versions}. {clocks}".rstrip(),
        "",
    ]


def _part(name, part):
    title = f"**{name}**: {part['status']}"
    if part.get("seconds") is not None:
        title += f", {part['seconds']} s"
    lines = [title, ""]
    if part.get("error"):
        lines += [f"> {line}" for line in part["error"].strip().splitlines()[-3:]] + [""]
    if name != "machine":
        lines += _figures(part["figures"])
    lines += _checks(part["checks"])
    return lines


def _figures(figures):
    """Return plain values in one table, and a table for each list of rows or group of figures."""
    plain = {k: v for k, v in figures.items() if not isinstance(v, dict | list)}
    groups = {k: v for k, v in figures.items() if isinstance(v, dict)}
    lists = {k: v for k, v in figures.items() if isinstance(v, list) and v}
    lines = []
    plain.pop("end", None)
    if plain:
        lines += ["| figure | value |", "|---|---|"]
        lines += [f"| {name} | {_text(value)} |" for name, value in plain.items()] + [""]
    if groups:
        lines += _table([{"": name, **group} for name, group in groups.items()])
    for name, rows in lists.items():
        if isinstance(rows[0], dict):
            lines += _table([{name: n, **row} for n, row in enumerate(rows, 1)])
        else:
            lines += [f"{name}: {'; '.join(map(str, rows))}", ""]
    return lines


def _table(rows):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_text(row.get(c)) for c in columns) + " |" for row in rows]
    return [*lines, ""]


def _checks(checks):
    if not checks:
        return []
    lines = ["| check | found | bound | right |", "|---|---|---|---|"]
    lines += [
        f"| {c['what']} | {_text(c['value'])} | {_text(c['tolerance'])} | "
        f"{'yes' if c['ok'] else '**no**'} |"
        for c in checks
    ]
    return [*lines, ""]


def _text(value):
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "/").replace("\n", " ")
