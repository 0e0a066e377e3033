"""The kind of device, by the User-Agent headers of real programs."""

import pytest

from openrooms.domain.devices import Device, device_of

_MOZILLA = "Mozilla/5.0"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (f"{_MOZILLA} (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36 Edg/138.0.0.0", Device.DESKTOP),
        (
            f"{_MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
            "desktop",
        ),
        (f"{_MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Device.DESKTOP),
        (f"{_MOZILLA} (X11; CrOS x86_64 14541.0.0) {_CHROME} Safari/537.36", Device.DESKTOP),
        (f"{_MOZILLA} (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36", Device.PHONE),
        (f"{_MOZILLA} (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari", "phone"),
        (f"{_MOZILLA} (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", Device.PHONE),
        (f"{_MOZILLA} (Linux; Android 10; K) {_CHROME} Safari/537.36", Device.TABLET),
        (f"{_MOZILLA} (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1", "tablet"),
        (f"{_MOZILLA} (Android 15; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0", Device.TABLET),
        ("Clinic/4.2 CFNetwork/3826.500.131 Darwin/24.5.0", Device.APP),
        ("okhttp/4.12.0", Device.APP),
        ("Dart/3.8 (dart:io)", Device.APP),
        ("Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9 Build/BP1A)", Device.APP),
        ("azsdk-python-communication-rooms/1.2.0 Python/3.13 (Linux-6.1)", None),
        ("curl/8.14.1", None),
        ("", None),
        (f"{'x' * 2000}{_MOZILLA} (X11; Linux x86_64)", None),
    ],
)
def test_device_of(user_agent: str, device: Device | None) -> None:
    assert device_of(user_agent) == device
