"""What falls on an installation, when, and how long it takes to stand again."""

import random
import signal
import threading
import time
from collections import Counter

RECOVERY_SECONDS = 60
EXPIRY_SECONDS = 0.5
LEAD_SECONDS = 4.0


class Blows:
    """The faults of one storm, at times drawn from its seed.

    Four hands work beside each other: one kills workers, one restarts servers, one lets leases
    run out, and one is the campaign's lead (send-backs, pauses, exports).
    """

    def __init__(self, site, plan, people, slugs, say):
        self.site, self.plan, self.people, self.say = site, plan, people, say
        self.slug, self.study = slugs
        self.counts, self.recoveries, self.broken = Counter(), {}, []
        self.until = 0.0

    def fall(self):
        """Let everything happen, and return when it is over and nobody is paused any more."""
        self.until = time.monotonic() + self.plan.seconds
        hands = [
            threading.Thread(target=self._guarded, args=[hand], daemon=True)
            for hand in (self._kill_workers, self._restart_servers, self._lead, self._expire)
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()

    def _guarded(self, hand):
        try:
            hand()
        except Exception as error:  # noqa: BLE001 - a thread's death must be seen
            self.broken.append(f"{hand.__name__} failed: {error!r}")

    def _moments(self, name, n_moments, *, spaced=False):
        """Yield a generator at n moments: at random ones, or each at random in its own part."""
        generator = random.Random(f"{self.plan.seed} {name}")
        begin, length = time.monotonic(), self.plan.seconds
        if spaced:
            moments = [(nth + generator.uniform(0.2, 0.8)) / n_moments for nth in range(n_moments)]
        else:
            moments = sorted(generator.random() for _ in range(n_moments))
        for moment in moments:
            time.sleep(max(0.0, begin + moment * length - time.monotonic()))
            yield generator

    def _kill_workers(self):
        for generator in self._moments("workers", self.plan.n_kills):
            is_web = generator.random() < 0.7
            kill = self.site.kill_web_worker if is_web else self.site.kill_celery_worker
            name = "web workers killed" if is_web else "Celery workers killed"
            # In between two lives of a worker there is none: wait for the next.
            while not kill(generator):
                time.sleep(0.05)
            self.counts[name] += 1

    def _restart_servers(self):
        n_postgres, n_redis = self.plan.n_restarts
        story = ["postgres"] * n_postgres + ["redis"] * n_redis
        random.Random(f"{self.plan.seed} servers").shuffle(story)
        n_crashes = 0
        for name, _ in zip(story, self._moments("servers", len(story), spaced=True), strict=True):
            if name == "redis":
                self._restart("Redis wiped", self.site.redis_server, self.site.kill_redis)
                continue
            n_crashes += 1
            crash = n_crashes % 2 == 0
            how = signal.SIGKILL if crash else signal.SIGINT
            self._restart(
                "PostgreSQL crashed" if crash else "PostgreSQL restarted fast",
                self.site.postmaster,
                lambda how=how: self.site.kill_postgres(how),
            )

    def _restart(self, name, server, end):
        """End a server and measure until another one is there and the site says so."""
        former = server()
        began = time.monotonic()
        end()
        part = "redis" if name.startswith("Redis") else "database"
        while time.monotonic() - began < RECOVERY_SECONDS:
            if server() not in {None, former} and self.site.health().get(part) == "ok":
                self.counts[name] += 1
                self.recoveries.setdefault(name, []).append(time.monotonic() - began)
                return
            time.sleep(0.02)
        self.broken.append(f"{name}: not back after {RECOVERY_SECONDS} s")

    def _expire(self):
        while time.monotonic() < self.until:
            self.let_expire()
            time.sleep(EXPIRY_SECONDS)

    def let_expire(self):
        """End the time of the leases that their holders walked away from."""
        ids = []
        for person in self.people:
            while person.story.expiring:
                ids.append(person.story.expiring.popleft())
        if ids:
            self.counts["leases run out"] += self.site.call("let_expire", assignments=ids)

    def _lead(self):
        generator = random.Random(f"{self.plan.seed} lead")
        paused = set()
        while time.monotonic() < self.until:
            time.sleep(generator.uniform(0.3, 1) * LEAD_SECONDS)
            deed = generator.choice(["send back", "jobs", "pause", "resume"])
            if deed == "send back":
                self.counts["comparisons sent back"] += self.site.call(
                    "send_back", slug=self.slug, number=generator.randrange(10**6), n_comparisons=5
                )
            elif deed == "jobs":
                self.counts["jobs"] = self.site.call(
                    "start_jobs", slug=self.slug, study_slug=self.study
                )
            elif deed == "pause":
                paused.add(nth := generator.randrange(len(self.people)))
                self.counts["pauses"] += self._set_paused(nth, paused=True)
            elif paused:
                self._set_paused(paused.pop(), paused=False)
        for nth in paused:
            self._set_paused(nth, paused=False)

    def _set_paused(self, nth, *, paused):
        return self.site.call("set_paused", slug=self.slug, nth=nth, paused=paused)

    def figures(self):
        """Return the counts and the slowest recoveries, in seconds."""
        slowest = {f"{name}, slowest s": round(max(s), 2) for name, s in self.recoveries.items()}
        return {**self.counts, **slowest}
