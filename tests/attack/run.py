"""Attack a site of its own and print what an annotator felt: `make attack`.

Writes build/attack.json. Nothing outside the loopback address is touched, and each attack is
bounded in time and in the number of its requests.
"""

import json
import multiprocessing
import resource
import time

from tests.attack import attackers
from tests.attack.victim import latencies_ms, summary
from tests.faults.house import PROJECT, house
from tests.proxy import NGINX, proxy

SECONDS = 15
HOLD_S = 25


def main():
    with house() as site:
        seeded = site.call("seed", number=1, n_people=2, n_comparisons=200, overlap=3)
        campaign, (person, attacker) = seeded["slug"], seeded["tokens"]
        site.start_web()
        victim = (site.url, campaign, person, SECONDS)
        figures = {"quiet": summary(*latencies_ms(*victim))}
        log = site.home / "gunicorn.log"
        figures["passwords"] = beside(
            victim, log, attackers.guess_passwords, site.url, seconds=SECONDS
        )
        figures["calls"] = beside(
            victim, log, attackers.call_without_pause, site.url, campaign, attacker
        )
        figures["uploads"] = beside(
            victim, log, attackers.upload_without_account, site.url, campaign
        )
        figures["half_requests"] = half_requests(site)
        figures["half_requests_behind_the_proxy"] = behind_the_proxy(site, campaign, person)
    report = PROJECT / "build" / "attack.json"
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))  # noqa: T201


def beside(victim, log, attack, *arguments, **settings):
    """Run an attack in a process of its own; measure the annotator, and count new log lines."""
    before = lines_of(log)
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=_run, args=(results, attack, arguments, settings))
    process.start()
    felt = summary(*latencies_ms(*victim))
    answered, cpu_s = results.get()
    process.join()
    lines = {name: n - before.get(name, 0) for name, n in lines_of(log).items()}
    return {
        "annotator": felt,
        "answered": answered,
        "attacker_cpu_s": cpu_s,
        "log_lines": {name: n for name, n in lines.items() if n},
    }


def half_requests(site):
    """Return after how many seconds the bare server answers while half requests are held open."""
    with multiprocessing.Pool(1) as pool:
        held = pool.apply_async(attackers.hold_half_requests, (site.url,), {"seconds": HOLD_S})
        log = site.home / "gunicorn.log"
        before = lines_of(log)
        time.sleep(1)
        begun = time.monotonic()
        while not (answered := bool(site.health())) and time.monotonic() - begun < HOLD_S:
            pass
        waited = round(time.monotonic() - begun, 1)
        found = {"seconds_to_an_answer": waited if answered else None} | held.get()
        lines = {name: n - before.get(name, 0) for name, n in lines_of(log).items()}
        return found | {"log_lines": {name: n for name, n in lines.items() if n}}


def behind_the_proxy(site, campaign, person):
    """Return what an annotator feels behind nginx while 200 half-sent requests are held open."""
    if NGINX is None:
        return "nginx is not installed"
    folder = site.home / "proxy"
    folder.mkdir()
    with proxy(site.url, folder=folder, media_root=site.home / "media") as url:
        victim, log = (url, campaign, person, SECONDS), folder / "access.log"
        quiet = summary(*latencies_ms(*victim))
        attack = attackers.hold_half_requests
        held = beside(victim, log, attack, url, seconds=HOLD_S, n_sockets=200, with_bodies=True)
        return {"quiet": quiet} | held


def lines_of(log):
    """Count the lines of a server's log by event, or by status; of gunicorn's own by their text."""
    counts = {}
    for line in log.read_text().splitlines():
        name = None
        if line.startswith("{"):
            record = json.loads(line)
            name = str(record.get("event") or record.get("status") or record["logger"])
        elif "Socket error" in line:
            name = "silent connection"
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _run(results, attack, arguments, settings):
    answered = attack(*arguments, **settings)
    used = resource.getrusage(resource.RUSAGE_SELF)
    results.put((answered, round(used.ru_utime + used.ru_stime, 2)))


if __name__ == "__main__":
    main()
