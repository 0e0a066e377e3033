"""The kind of device from which somebody joins a call, as far as their program says."""

import re
from collections.abc import Mapping
from enum import StrEnum


class Device(StrEnum):
    """A kind of device; an `app` is a program without a browser, on whatever it runs."""

    DESKTOP = "desktop"
    PHONE = "phone"
    TABLET = "tablet"
    APP = "app"
    TELEPHONE = "telephone"


DEVICES: Mapping[str, Device] = {device.value: device for device in Device}
"""Every kind by its name."""

# The first that fits counts. Browsers of phones say Mobi, and Android's without it are those of tablets:
# https://developer.mozilla.org/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent
# An iPad's browser calls itself that of a Mac unless its user asks for pages for mobile devices.
_SIGNS: tuple[tuple[re.Pattern[str], Device], ...] = (
    (re.compile(r"Dart/|okhttp/|CFNetwork/|Dalvik/|ReactNative"), Device.APP),
    (re.compile(r"Mozilla/.*(?:iPad|Tablet|Android(?!.*Mobi))"), Device.TABLET),
    (re.compile(r"Mozilla/.*(?:Mobi|iPhone)"), Device.PHONE),
    (re.compile(r"Mozilla/.*(?:Windows NT|Macintosh|X11|CrOS|Linux)"), Device.DESKTOP),
)
_LONGEST = 1024


def device_of(user_agent: str) -> Device | None:
    """Return the kind of device that a User-Agent header names; `None` if it does not."""
    text = user_agent[:_LONGEST]
    return next((device for sign, device in _SIGNS if sign.search(text)), None)
