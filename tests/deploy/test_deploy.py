"""The deployment files for operators: each passes its tool's check and refers only to existing things."""

import base64
import datetime as dt
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil
import pytest
import yaml
from tests.support.ports import free_port, listening, wait_for_port
from tests.support.postgres import Cluster
from tests.support.service import Process, openrooms, running
from tools.pin_images import files_with_images, images_in, pinned

from openrooms.cli.service import dev, serve
from openrooms.server.media.livekit_process import find_program
from openrooms.server.process.tls import Authority

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "docs" / "calls" / "production.md"
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
COMPOSE = ["compose.yaml", "compose.turn.yaml"]
UNITS = ["openrooms@.service", "openrooms-migrate.service", "livekit.service"]
PROGRAMS = {"/opt/openrooms/bin/openrooms": sys.executable, "/usr/local/bin/livekit-server": sys.executable}


def check(*command: str | Path, **variables: str) -> str:
    """Run a checker that must succeed; return its output."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, env=os.environ | variables
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tool(name: str) -> str:
    """Return the path of a checker from our requirements."""
    return str(Path(sys.executable).with_name(name))


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text()))


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(unit: str, tmp_path: Path) -> None:
    """The unit has the paths of a real installation, which the test replaces."""
    text = (DEPLOY / "systemd" / unit).read_text()
    for program, stand_in in PROGRAMS.items():
        text = text.replace(program, stand_in)
    placed = tmp_path / unit.replace("@.", "@8721.")
    placed.write_text(text)
    assert check("systemd-analyze", "verify", "--man=no", placed) == ""


def test_systemd_rejects_a_wrong_unit(tmp_path: Path) -> None:
    (tmp_path / "bad.service").write_text("[Service]\nExecStart=/nowhere/program\n")
    with pytest.raises(AssertionError, match="nowhere"):
        check("systemd-analyze", "verify", "--man=no", tmp_path / "bad.service")


def test_containerfile_passes_the_linter() -> None:
    check(tool("hadolint"), DEPLOY / "container" / "Containerfile")


def test_containerfile_copies_existing_files() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text()
    sources = [
        source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]
    ]
    assert len(sources) > 5
    for source in sources:
        assert (ROOT / source).exists(), source


def test_development_container_answers_its_health_check(tmp_path: Path) -> None:
    """The target's command, variables and health check, on free ports and without a container around them."""
    text = (DEPLOY / "container" / "Containerfile").read_text()
    stages = dict(re.findall(r"^FROM [^\n]* AS (\w+)\n(.*?)(?=^FROM|\Z)", text, re.DOTALL | re.MULTILINE))
    variables = dict(re.findall(r"\b(OPENROOMS_\w+)=(\S+)", stages["runtime"] + stages["development"]))
    [entry] = re.findall(r"^ENTRYPOINT (.+)$", stages["runtime"], re.MULTILINE)
    [command] = re.findall(r"^CMD (.+)$", stages["development"], re.MULTILINE)
    [check_health] = re.findall(r"^HEALTHCHECK .*\n\s+CMD (.+)$", stages["runtime"], re.MULTILINE)
    assert json.loads(entry) == ["openrooms"]
    assert f"VOLUME {variables.pop('OPENROOMS_DATA')}" in stages["development"]
    name, *arguments = json.loads(command)
    free = ("--http-port", 0, "--https-port", 0)
    key = base64.b64encode(os.urandom(32)).decode("ascii")
    with running(name, *arguments, *free, folder=tmp_path, OPENROOMS_ACCESS_KEY=key, **variables) as process:
        port = str(urlsplit(process.http).port)
        check(sys.executable, *(part.replace("8721", port) for part in json.loads(check_health)[1:]))
        verified = ssl.create_default_context(cafile=process.ca)
        https = urlsplit(process.connectionString.removeprefix("endpoint=").split(";")[0])
        with socket.create_connection(("127.0.0.1", https.port or 0)) as plain:
            verified.wrap_socket(plain, server_hostname="openrooms").close()


def test_compose_accepts_the_files() -> None:
    files = [DEPLOY / "compose" / name for name in COMPOSE]
    check(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", *files)


def test_compose_mounts_and_variables_exist() -> None:
    folder = DEPLOY / "compose"
    text = "".join((folder / name).read_text() for name in COMPOSE)
    for mounted in re.findall(r"- \./([^:]+):", text):
        assert (folder / mounted).exists(), mounted
    named = set(re.findall(r"^(?:# )?(\w+)=", (folder / "example.env").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", text)) == named


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_kubernetes_accepts_every_resource(path: Path) -> None:
    output = check(tool("kubernetes-validate"), "--strict", path)
    assert output.count(" passed for resource ") == len(documents(path))


def test_kustomization_lists_every_file() -> None:
    [kustomization] = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    assert sorted(kustomization["resources"]) == [path.name for path in KUBERNETES]


def test_every_kubernetes_reference_exists() -> None:
    resources = [resource for path in KUBERNETES for resource in documents(path)]
    existing = {(resource["kind"], resource["metadata"]["name"]) for resource in resources}
    referenced = set()
    for text in map(str, resources):
        referenced |= {("ConfigMap", name) for name in re.findall(r"'configMap(?:Ref)?': \{'name': '([\w-]+)'", text)}
        referenced |= {("Secret", name) for name in re.findall(r"'secretRef': \{'name': '([\w-]+)'", text)}
        referenced |= {("Secret", name) for name in re.findall(r"'secretKeyRef': \{'name': '([\w-]+)'", text)}
        referenced |= {("Service", name) for name in re.findall(r"'service': \{'name': '([\w-]+)'", text)}
    assert referenced
    assert referenced <= existing


def test_every_setting_is_a_flag_of_a_service() -> None:
    parameters = [*serve.params, *dev.params]
    flags = {f"OPENROOMS_{(parameter.name or '').upper()}" for parameter in parameters}
    flags |= {str(variable) for parameter in parameters for variable in [parameter.envvar] if variable}
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    named = {name for path in files for name in re.findall(r"OPENROOMS_[A-Z_]+", path.read_text())}
    assert "OPENROOMS_DATABASE" in named
    assert named <= flags


class TestRealService:
    @pytest.fixture
    def service(self, postgres_cluster: Cluster, tmp_path: Path) -> Iterator[Process]:
        """A service with the example settings file, on a real database."""
        url = postgres_cluster.create_database()
        assert openrooms("migrate", OPENROOMS_DATABASE=url).returncode == 0
        settings = DEPLOY / "systemd" / "openrooms.toml"
        secrets = {
            "OPENROOMS_DATABASE": url,
            "OPENROOMS_LIVEKIT_API_KEY": "openrooms",
            "OPENROOMS_LIVEKIT_API_SECRET": "0" * 48,
        }
        flags = ("--http-port", free_port(), "--https-port", "off", "--admin-port", 0)
        with running("serve", "--config", settings, *flags, folder=tmp_path, **secrets) as process:
            yield process
        postgres_cluster.drop_database(url)

    def test_example_settings_start_and_export_the_alerts_metrics(self, service: Process) -> None:
        with urllib.request.urlopen(f"{service.http}/openrooms/ready") as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{service.admin}/metrics") as answer:
            metrics = answer.read().decode()
        rules = (DEPLOY / "monitoring" / "alerts.yaml").read_text()
        watched = set(re.findall(r"openrooms_\w+", rules))
        assert watched
        for name in watched:
            assert re.search(rf"^{name}\b", metrics, re.MULTILINE), name

    def test_haproxy_accepts_the_file_and_reaches_the_service(self, service: Process, tmp_path: Path) -> None:
        certificate = Authority(tmp_path / "tls").issue(dt.datetime.now(dt.UTC))
        port = free_port()
        text = (DEPLOY / "haproxy.cfg").read_text()
        text = text.replace("/etc/haproxy/errors/openrooms-503.http", str(DEPLOY / "openrooms-503.http"))
        text = text.replace("/etc/haproxy/rooms.example.org.pem", str(certificate)).replace(
            "bind :443", f"bind :{port}"
        )
        text = text.replace("127.0.0.1:8721", service.http.removeprefix("http://"))
        settings = tmp_path / "haproxy.cfg"
        settings.write_text(text)
        haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
        check(haproxy, "-c", "-f", settings)
        with subprocess.Popen([haproxy, "-q", "-db", "-f", str(settings)]) as balancer:
            ask = ["curl", "--silent", "--max-time", "10", "--write-out", "%{http_code}"]
            ask += ["--cacert", str(tmp_path / "tls" / "ca.pem")]
            wait_for_port(port)
            try:
                health = check(*ask, "--fail", f"https://localhost:{port}/openrooms/health")
                for path in ("/openrooms/metrics/", "//openrooms/metrics", "/openrooms/%6detrics"):
                    answers = [check(*ask, f"https://localhost:{port}{one}") for one in (path, "/openrooms/unknown")]
                    assert answers[0] == answers[1]
            finally:
                balancer.terminate()
        assert health.endswith("200")


def test_promtool_accepts_the_alerts() -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing; get it: apt-get install prometheus"
    assert "SUCCESS" in check(promtool, "check", "rules", DEPLOY / "monitoring" / "alerts.yaml")
    assert "SUCCESS" in check(promtool, "check", "config", DEPLOY / "monitoring" / "prometheus.yaml")


class Media(NamedTuple):
    """A LiveKit configuration that we ship: its text, further arguments, and the address of signalling."""

    text: str
    address: str
    arguments: tuple[str, ...] = ()


def shipped_media() -> dict[str, Media]:
    """Return each configuration as an operator would complete it, with loopback addresses."""
    kubernetes = next(one for one in documents(DEPLOY / "kubernetes" / "livekit.yaml") if one["kind"] == "ConfigMap")
    compose = (DEPLOY / "compose" / "livekit.yaml").read_text()
    [documented] = re.findall(r"```yaml\n(# livekit\.yaml.*?)```", PRODUCTION.read_text(), re.DOTALL)
    return {
        "systemd": Media((DEPLOY / "livekit.yaml").read_text(), "127.0.0.1"),
        "compose": Media(_replaced(compose, "10.87.20.5", "127.0.0.2"), "127.0.0.2"),
        "kubernetes": Media(kubernetes["data"]["livekit.yaml"], "127.0.0.3", ("--bind", "127.0.0.3")),
        "documentation": Media(_replaced(documented, "10.0.0.5", "127.0.0.4"), "127.0.0.4"),
    }


def _replaced(text: str, shown: str, here: str) -> str:
    assert shown in text
    return text.replace(shown, here)


@contextmanager
def livekit(media: Media, folder: Path) -> Iterator[tuple[int, dict[str, int]]]:
    """Start LiveKit with a shipped configuration on free ports; yield its process and the ports by setting."""
    settings = yaml.safe_load(media.text)
    # Redis belongs to the cluster and does not change where LiveKit listens.
    settings.pop("redis", None)
    ports = {"port": free_port(), "tcp_port": free_port(), "udp_port": free_port()}
    settings["port"] = ports["port"]
    settings["rtc"] |= {"tcp_port": ports["tcp_port"], "udp_port": ports["udp_port"], "use_external_ip": False}
    (folder / "livekit.yaml").write_text(yaml.safe_dump(settings))
    program = find_program()
    assert program, "there is no livekit-server: run `make livekit`"
    command = [str(program), "--config", str(folder / "livekit.yaml"), "--node-ip", "127.0.0.1", *media.arguments]
    keys = {"LIVEKIT_KEYS": f"YOUR_API_KEY: {'a' * 40}"}
    with (
        (folder / "livekit.log").open("wb") as log,
        subprocess.Popen(command, env=os.environ | keys, stdout=log, stderr=log) as process,
    ):
        try:
            wait_for_port(ports["port"], host=media.address)
            yield process.pid, ports
        finally:
            process.kill()


@pytest.mark.parametrize("name", shipped_media())
def test_only_openrooms_can_reach_livekits_signalling(name: str, tmp_path: Path) -> None:
    """LiveKit admits every holder of its tokens, so signalling is on one address only; media is on all."""
    media = shipped_media()[name]
    with livekit(media, tmp_path) as (pid, ports):
        listeners = listening(pid)
        assert {address for address, port in listeners if port == ports["port"]} == {media.address}
        assert {port for _, port in listeners} == {ports["port"], ports["tcp_port"]}
        assert {one.laddr.port for one in psutil.Process(pid).net_connections("udp")} == {ports["udp_port"]}
    room = yaml.safe_load(media.text)["room"]
    assert (room["auto_create"], room["enable_remote_unmute"]) == (False, False)


def _with_turn(text: str, certificate: Path, port: int) -> str:
    """Return a shipped configuration with the lines about TURN turned on."""
    before, turn, lines = text.partition("# turn:\n")
    assert turn, "the configuration says nothing about TURN"
    block = re.sub(r"^# ", "", f"{turn}{lines}", flags=re.MULTILINE)
    settings = yaml.safe_load(block)["turn"]
    assert settings["tls_port"] == 5349
    settings |= {"cert_file": str(certificate), "key_file": str(certificate), "tls_port": port}
    return before + yaml.safe_dump({"turn": settings})


@pytest.mark.parametrize("name", ["systemd", "compose", "kubernetes"])
def test_turn_can_be_turned_on(name: str, tmp_path: Path) -> None:
    media, port = shipped_media()[name], free_port()
    certificate = Authority(tmp_path / "tls").issue(dt.datetime.now(dt.UTC), ["turn.rooms.example.org"])
    with livekit(media._replace(text=_with_turn(media.text, certificate, port)), tmp_path):
        wait_for_port(port)
        context = ssl.create_default_context(cafile=tmp_path / "tls" / "ca.pem")
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="turn.rooms.example.org") as connection,
        ):
            assert connection.version() == "TLSv1.3"


def test_livekit_signalling_is_on_the_inside_network() -> None:
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    settings = yaml.safe_load((DEPLOY / "compose" / "livekit.yaml").read_text())
    livekit = compose["services"]["livekit"]
    assert settings["bind_addresses"] == [livekit["networks"]["inside"]["ipv4_address"]]
    assert compose["networks"]["inside"]["internal"] is True
    assert {name for name, one in compose["services"].items() if "inside" in one["networks"]} == {
        *("postgres", "migrate", "openrooms", "livekit")
    }
    daemons = next(one for one in documents(DEPLOY / "kubernetes" / "livekit.yaml") if one["kind"] == "DaemonSet")
    [container] = daemons["spec"]["template"]["spec"]["containers"]
    assert "--bind $(INTERNAL_IP)" in " ".join(container["args"])


def test_every_container_is_hardened() -> None:
    for name, service in yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_a_memory_limit(unit: str) -> None:
    assert re.search("^MemoryMax=", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE)


def test_third_party_images_are_pinned_by_digest() -> None:
    images = [image for path in files_with_images() for image in images_in(path.read_text())]
    assert len(images) >= 8
    for image in images:
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}", image), image
    assert len({image.partition("@")[0]: image for image in images}) == len(set(images)), "one tag, two digests"


def test_pinning_adds_digests_and_changes_nothing_else() -> None:
    text = (
        "FROM docker.io/library/python:3.12.1 AS x\nimage: docker.io/library/redis:7.4@sha256:old\nimage: openrooms\n"
    )
    images: list[str] = []

    def digest(image: str) -> str:
        images.append(image)
        return f"sha256:{len(images)}"

    assert pinned(text, digest) == (
        "FROM docker.io/library/python:3.12.1@sha256:1 AS x\n"
        "image: docker.io/library/redis:7.4@sha256:2\n"
        "image: openrooms\n"
    )
    assert images == ["docker.io/library/python:3.12.1", "docker.io/library/redis:7.4"]


def test_livekit_listens_on_the_documented_ports() -> None:
    page = (ROOT / "docs" / "operations" / "ports.md").read_text()
    kubernetes = next(one for one in documents(DEPLOY / "kubernetes" / "livekit.yaml") if one["kind"] == "ConfigMap")
    configurations = [
        *(yaml.safe_load((DEPLOY / folder / "livekit.yaml").read_text()) for folder in (".", "compose")),
        *map(yaml.safe_load, kubernetes["data"].values()),
    ]
    for configuration in configurations:
        rtc = configuration["rtc"]
        ports = {f"{configuration['port']}/tcp", f"{rtc['tcp_port']}/tcp", f"{rtc['udp_port']}/udp"}
        assert all(f"| {port} |" in page for port in ports), ports
    published = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"]["livekit"]["ports"]
    assert published == ["7881:7881", "7882:7882/udp"]
