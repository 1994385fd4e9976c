# Two images from one file: `--target web` (web server, default worker, beat, migrations)
# carries no torch; `--target gpu-worker` adds it. Both run as an unprivileged user.
FROM python:3.11-slim-bookworm AS python
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:$PATH

FROM python AS packages
WORKDIR /build
COPY pyproject.toml constraints.txt README.md ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/venv && \
    pip install --constraint constraints.txt .

FROM packages AS packages-model
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt '.[model,vlm]'

FROM python AS project
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data editjury && \
    install --directory --owner editjury --group editjury --mode 0700 /data
WORKDIR /app
COPY manage.py LICENSE ./
COPY config config
COPY jobs jobs
COPY annotation annotation
COPY rewardsvc rewardsvc
COPY demo demo
COPY templates templates
COPY static static
COPY locale locale
COPY docs docs
ENV DJANGO_SETTINGS_MODULE=config.settings \
    EDITJURY_HOME=/data \
    STATIC_ROOT=/app/static-root \
    OMP_WAIT_POLICY=PASSIVE
VOLUME /data

FROM project AS web
COPY --from=packages /opt/venv /opt/venv
# The settings refuse to guess these; collecting files uses none of them.
RUN SECRET_KEY=build DATABASE_URL=postgres:///build REDIS_URL=redis://build \
    python manage.py collectstatic --noinput -v 0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "config.wsgi", "--config", "python:config.web_server", \
     "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]

FROM project AS gpu-worker
COPY --from=packages-model /opt/venv /opt/venv
RUN mkdir /app/static-root
USER 10001:10001
CMD ["celery", "-A", "config", "worker", "-Q", "gpu", "-n", "gpu@%h", "--pool", "prefork", \
     "--concurrency", "1", "--max-tasks-per-child", "1", "--loglevel", "INFO"]
