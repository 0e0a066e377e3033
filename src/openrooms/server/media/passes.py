"""Media tokens in LiveKit's form: a service signs them, and its media engine accepts them."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import jwt
from jwt.types import Options

from openrooms.domain.calls import GRANTS, CallId, Grants, Source
from openrooms.domain.devices import Device
from openrooms.domain.errors import TokenRefused
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.names import DisplayName, NameSource
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import PHONE_GRANTS, LegId, leg_identity
from openrooms.server.core.connection_tests import TEST_TIME
from openrooms.server.core.ports import MediaPass

ROLE = "role"
REVOCATIONS = "rev"
INVITATION = "invitation"
NAME_SOURCE = "openrooms.name"
DEVICE = "openrooms.device"

TEST_UNTIL = "testUntil"

_TEST = ".test."
_PASS_SECONDS = 600
_SKEW_SECONDS = 10
_ALGORITHM = "HS256"
# A display name of 256 characters outside of Latin takes 4 kB of claims.
_TOKEN = re.compile(r"[\w-]{1,128}\.[\w-]{1,6144}\.[\w-]{43}", re.ASCII)
_CALL_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{16,18})", re.ASCII)
_TEST_NAME = re.compile(rf"{_CALL_NAME.pattern}\.test\.(\d{{1,19}})\.[0-9a-f]{{32}}", re.ASCII)
# The library would compare the times with the machine's clock.
_CHECKED: Options = {"require": ["exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
_NAME_SOURCES: Mapping[str, NameSource] = {source.value: source for source in NameSource}
_PLAIN_GRANTS = {"room", "roomJoin", "canPublish", "canPublishSources", "canPublishData", "canSubscribe"}


class Passes:
    """The tokens of one API key and its secret; `clock` returns seconds since the epoch."""

    def __init__(self, key: str, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._secret = secret
        self._clock = clock

    def issue(
        self,
        call: CallId,
        raw_id: RawId,
        role: ParticipantRole,
        revocations: int,
        name: DisplayName,
        invitation: str = "",
        device: Device | None = None,
    ) -> str:
        claims = {
            "sub": raw_id,
            "name": name.text,
            "attributes": {
                ROLE: role,
                REVOCATIONS: str(revocations),
                **name_attributes(name),
                **_invitation_attributes(invitation),
                **({DEVICE: device.value} if device else {}),
            },
            "video": _video_grants(call_name(call), GRANTS[role]),
        }
        return self.sign(claims, _PASS_SECONDS)

    def issue_for_test(self, call: CallId, raw_id: RawId, revocations: int, invitation: str, until: Moment) -> str:
        claims = {
            "sub": raw_id,
            # LiveKit renews tokens with their attributes, so the end of the test outlives a renewal.
            "attributes": {
                REVOCATIONS: str(revocations),
                TEST_UNTIL: str(int(until)),
                **_invitation_attributes(invitation),
            },
            "video": _video_grants(test_name(call, raw_id, until), Grants()),
        }
        return self.sign(claims, TEST_TIME // SECOND)

    def issue_for_leg(self, call: CallId, leg_id: LegId, name: str) -> str:
        claims = {
            "sub": leg_identity(leg_id),
            "name": name,
            "kind": "sip",
            "video": _video_grants(call_name(call), PHONE_GRANTS),
        }
        return self.sign(claims, _PASS_SECONDS)

    def sign(self, claims: Mapping[str, object], seconds: int) -> str:
        """Return a token with the claims that expires after some seconds."""
        now = int(self._clock())
        times = {"iss": self._key, "nbf": now, "exp": now + seconds}
        return jwt.encode({**claims, **times}, self._secret, _ALGORITHM)

    def read(self, token: str) -> MediaPass:
        return media_pass(self.claims(token))

    def claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token; raise `TokenRefused` unless our key signed it and it is valid now."""
        # Untrusted text is decoded and parsed only if it has the form of LiveKit's tokens.
        if _TOKEN.fullmatch(token) is None:
            raise TokenRefused(reason="token: it does not have the form of a media token")
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._secret, algorithms=[_ALGORITHM], issuer=self._key, options=_CHECKED
            )
            is_valid = claims.get("nbf", 0) - _SKEW_SECONDS <= self._clock() < claims["exp"] + _SKEW_SECONDS
        except (jwt.InvalidTokenError, TypeError) as error:
            raise TokenRefused(reason=f"token: {error}") from error
        if not is_valid:
            raise TokenRefused(reason="token: it has expired, or is not valid yet")
        return claims


def media_pass(claims: Mapping[str, Any]) -> MediaPass:
    """Return what the claims of a media token say; raise `TokenRefused` if they are not those of one."""
    # LiveKit renews tokens for people in a call, with the same claims.
    video = claims.get("video") or {}
    name, attributes = video.get("room", ""), claims.get("attributes") or {}
    call_part, separator, _ = name.partition(_TEST)
    call = call_id(call_part)
    if call is None or not video.get("roomJoin") or "sub" not in claims:
        raise TokenRefused(reason="token: it does not name a call and a user of this service")
    until = _test_end(attributes) if separator else None
    if until is not None and name != test_name(call, claims["sub"], until):
        raise TokenRefused(reason="token: it is for a test of another user's connection")
    return MediaPass(call, claims["sub"], _claimed(video), count(attributes), attributes.get(INVITATION, ""), until)


def _test_end(attributes: Mapping[str, str]) -> Moment:
    text = attributes.get(TEST_UNTIL, "")
    if not (text.isascii() and text.isdigit()):
        raise TokenRefused(reason="token: it does not say when its test ends")
    return Moment(int(text))


def call_name(call: CallId) -> str:
    """Return the name of the call's LiveKit room."""
    return f"{call.resource}.{call.room}"


def test_name(call: CallId, raw_id: str, until: Moment) -> str:
    """Return the name of the LiveKit room in which a participant tests their connection until a moment."""
    return f"{call_name(call)}{_TEST}{until}.{sha256(raw_id.encode()).hexdigest()[:32]}"


def test_end(name: str) -> tuple[ResourceId, Moment] | None:
    """Return the resource and the end of the test in a LiveKit room of this name, `None` if it is not for a test."""
    match = _TEST_NAME.fullmatch(name)
    return (ResourceId(match[1]), Moment(int(match[3]))) if match else None


def call_id(name: str) -> CallId | None:
    """Return the call of a LiveKit room's name, `None` if it is not one of ours."""
    match = _CALL_NAME.fullmatch(name)
    return CallId(ResourceId(match[1]), RoomId(match[2])) if match else None


def count(attributes: Mapping[str, str]) -> int | None:
    """Return the count of revocations in the attributes of a token or participant."""
    text = attributes.get(REVOCATIONS, "")
    return int(text) if text.isascii() and text.isdigit() else None


def name_attributes(name: DisplayName) -> dict[str, str]:
    """Return the attributes that go with a name."""
    return {NAME_SOURCE: name.source} if name.source else {}


def display_name(text: str, attributes: Mapping[str, str]) -> DisplayName:
    """Return the name of a token or participant."""
    return DisplayName(text, _NAME_SOURCES.get(attributes.get(NAME_SOURCE, "")))


def grants(publish: bool, named: Sequence[Source], data: bool, subscribe: bool, special: bool) -> Grants:
    """Return the grants that LiveKit's permissions amount to."""
    if not publish:
        return Grants(frozenset(), data, subscribe, special)
    # An empty list allows every source, even those that no role may publish.
    return Grants(frozenset(named or Source), data, subscribe, special or not named)


def _invitation_attributes(invitation: str) -> dict[str, str]:
    return {INVITATION: invitation} if invitation else {}


def _video_grants(room: str, allowed: Grants) -> dict[str, object]:
    # LiveKit treats a missing field as permission, so every field that grants something is set.
    return {
        "roomJoin": True,
        "room": room,
        "canPublish": bool(allowed.sources),
        "canPublishSources": sorted(allowed.sources),
        "canPublishData": allowed.data,
        "canSubscribe": allowed.subscribe,
        "canUpdateOwnMetadata": False,
        "hidden": False,
    }


def _claimed(video: Mapping[str, Any]) -> Grants:
    publish = video.get("canPublish", True)
    named = [source for source in Source if source in (video.get("canPublishSources") or ())]
    special = any(value for name, value in video.items() if name not in _PLAIN_GRANTS)
    return grants(publish, named, video.get("canPublishData", publish), video.get("canSubscribe", True), special)
