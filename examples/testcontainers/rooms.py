"""A container of `openrooms dev` for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy


@contextmanager
def development_service(key: str) -> Iterator[str]:
    """Yield the address of a service with this access key, 32 bytes in base64."""
    image = DockerContainer("openrooms-dev").with_env("OPENROOMS_ACCESS_KEY", key).with_exposed_ports(8721)
    with image.waiting_for(HttpWaitStrategy(8721, "/openrooms/health")) as container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8721)}"
