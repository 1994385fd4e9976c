"""An annotator who works while somebody attacks, and how long each request takes."""

import http.client
import statistics
import time
from urllib.parse import urlsplit

PAUSE_S = 0.1


def latencies_ms(url, campaign, token, seconds):
    """Ask for the next comparison ten times a second; return the times and the failures."""
    host = urlsplit(url).netloc
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    path = f"/api/v1/campaigns/{campaign}/assignments/next/"
    times, failures, until = [], 0, time.monotonic() + seconds
    connection = http.client.HTTPConnection(host, timeout=30)
    while time.monotonic() < until:
        begun = time.perf_counter()
        try:
            connection.request("POST", path, "{}", headers)
            answer = connection.getresponse()
            answer.read()
            failures += answer.status != 200
        except OSError:
            failures += 1
            connection.close()
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(PAUSE_S)
    connection.close()
    return times, failures


def summary(times, failures):
    ordered = sorted(times)
    return {
        "n": len(times),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "failures": failures,
    }
