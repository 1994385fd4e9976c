"""The production shape, checked without a container engine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder

PROJECT = Path(__file__).resolve().parents[2]
SECRETS = {"SECRET_KEY": "x", "POSTGRES_PASSWORD": "y", "ALLOWED_HOSTS": "z.example"}
OURS = {"web", "migrate", "default-worker", "sweeps-worker", "gpu-worker", "beat"}
GIVEN = {"postgres", "redis", "proxy"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def stages():
    """Stage name -> (parent, lines), from the Dockerfile with continued lines joined."""
    text = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            current = found.setdefault(match[2], (match[1], []))
        elif line and not line.startswith("#"):
            current[1].append(line)
    return found


def ancestry(stages, name):
    """Every line that the stage is built from through FROM, the oldest first."""
    parent, lines = stages[name]
    return (ancestry(stages, parent) if parent in stages else []) + lines


def test_the_dockerfile_passes_its_linter():
    found = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert found, "hadolint comes with the test tools"
    done = subprocess.run(
        [found, "Dockerfile"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_compose_accepts_its_file():
    if found := shutil.which("docker-compose"):
        command = [found]
    elif (found := shutil.which("docker")) and _has_plugin(found):
        command = [found, "compose"]
    else:
        pytest.skip("neither docker-compose nor the compose plugin of docker is installed")
    command += ["config", "-q"]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=PROJECT, env=environment | SECRETS, check=False)
    assert done.returncode == 0
    for missing in SECRETS:
        kept = {name: value for name, value in SECRETS.items() if name != missing}
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=environment | kept,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert f"set {missing}" in done.stderr


def _has_plugin(docker):
    asked = [docker, "compose", "version"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def test_every_part_of_the_system_is_a_service(compose):
    assert compose["services"].keys() == OURS | GIVEN


def test_every_lasting_service_is_watched_and_restarted(compose):
    for name in (OURS | GIVEN) - {"migrate", "web"}:
        service = compose["services"][name]
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
    assert compose["services"]["web"]["restart"] == "unless-stopped"
    assert "healthcheck" not in compose["services"]["web"]  # the image's own asks /healthz


def test_the_images_run_as_a_numbered_user_that_is_not_root(stages):
    for name in ("web", "gpu-worker"):
        users = [line for line in ancestry(stages, name) if line.startswith("USER ")]
        assert users[-1] == "USER 10001:10001"
    assert any("--uid 10001" in line for line in stages["project"][1])


def test_our_services_cannot_write_outside_their_volumes_or_gain_rights(compose):
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["volumes"] == ["data:/data"], name


def test_the_web_image_has_no_torch_and_the_gpu_workers_has(compose, stages):
    web = "\n".join([*ancestry(stages, "web"), *ancestry(stages, "packages")])
    assert "[model]" not in web
    assert "packages-model" not in web
    assert "COPY --from=packages-model /opt/venv /opt/venv" in stages["gpu-worker"][1]
    built = {name: compose["services"][name]["build"]["target"] for name in OURS}
    assert built.pop("gpu-worker") == "gpu-worker"
    assert set(built.values()) == {"web"}


def test_nothing_of_ours_starts_before_the_tables_are_there(compose):
    for name in OURS - {"migrate"}:
        conditions = compose["services"][name]["depends_on"]
        assert conditions["migrate"] == {"condition": "service_completed_successfully"}
        assert conditions["redis"] == {"condition": "service_healthy"}
    waits = compose["services"]["migrate"]["depends_on"]
    assert waits == {"postgres": {"condition": "service_healthy"}}


def test_secrets_come_from_the_environment_and_have_no_default(compose):
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if variable in {"SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_URL"}:
                assert re.search(r"\$\{\w+:\?", value), f"{name}: {variable}={value}"


def test_only_the_proxy_can_be_reached_and_by_default_only_from_this_machine(compose):
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert published == {
        "proxy": [
            "${BIND:-127.0.0.1}:${PORT:-8000}:8080",
            "${BIND:-127.0.0.1}:${TLS_PORT:-8443}:8443",
        ]
    }
    assert compose["networks"]["inside"]["internal"]
    for name in (OURS | GIVEN) - {"proxy"}:
        assert compose["services"][name]["networks"] == ["inside"], name


def test_the_proxy_runs_the_configuration_of_the_project_and_gains_no_rights(compose):
    service = compose["services"]["proxy"]
    assert "./deploy/nginx.conf:/etc/editjury/nginx.conf:ro" in service["volumes"]
    assert service["entrypoint"][:3] == ["nginx", "-c", "/etc/editjury/nginx.conf"]
    assert service["user"] == "10001:10001"
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["depends_on"] == {"web": {"condition": "service_healthy"}}


def test_uploads_arrive_on_a_disk_and_not_in_memory(compose):
    for name in OURS:
        service = compose["services"][name]
        folder = service["environment"]["TMPDIR"]
        assert folder not in service["tmpfs"]
        assert any(volume.endswith(f":{folder}") for volume in service["volumes"])


def test_the_database_survives_and_redis_keeps_nothing(compose):
    assert compose["services"]["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert compose["volumes"].keys() == {"data", "postgres"}
    assert '--save "" --appendonly no' in compose["services"]["redis"]["command"]


def test_the_gpu_worker_runs_one_task_per_process(compose, stages):
    command = " ".join(stages["gpu-worker"][1])
    for words in ('"-Q", "gpu"', '"prefork"', '"--concurrency", "1"', '"--max-tasks-per-child"'):
        assert words in command
    assert "-Q default" in compose["services"]["default-worker"]["command"]


def test_workers_that_read_what_people_send_have_a_memory_limit(compose):
    services = compose["services"]
    assert {"mem_limit", "pids_limit"} <= services["default-worker"].keys()
    assert {"mem_limit", "pids_limit"} <= services["sweeps-worker"].keys()
    assert "WORKER_MEMORY_MIB" in services["default-worker"]["environment"]


def copied_into_the_image(stages):
    return {
        word
        for _, lines in stages.values()
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }


def test_everything_the_image_copies_is_there_and_let_through(stages):
    allowed = (PROJECT / ".dockerignore").read_text().splitlines()
    for word in copied_into_the_image(stages):
        assert (PROJECT / word).exists(), word
        assert f"!{word}" in allowed, word


def test_the_image_holds_every_package_and_every_folder_that_the_settings_name(stages):
    # An image is installed by pip, from its own lines, and tests nothing.
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"install", "tests"}
    static = [Path(folder) for _, folder in FileSystemFinder().locations]
    named = [*settings.TEMPLATES[0]["DIRS"], *static, *settings.LOCALE_PATHS, settings.DOCS_ROOT]
    folders = {path.relative_to(PROJECT).parts[0] for path in named}
    assert folders == {"templates", "static", "locale", "docs"}
    assert packages | folders | {"manage.py"} <= copied_into_the_image(stages)
