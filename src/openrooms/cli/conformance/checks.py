"""The rules of the wire contract that can be checked from outside, each with what openrooms answers.

A rule is settled if Azure's answer is on record, and open if openrooms' answer is a choice; a run against Azure answers
the open ones. docs/evidence.md says how each is known.
"""

import base64
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http import HTTPStatus
from http.client import HTTPException
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote
from uuid import uuid4

import msgspec

from openrooms.cli.conformance.exchange import IDENTITY, Answer, Exchange
from openrooms.wire.signing import AUTHORIZATION_PREFIX

SPEC, RECORDING, SDK, DOCS, INFERRED = "spec", "recording", "SDK source", "docs", "inferred"

MALFORMED = "The request could not be understood by the server due to malformed syntax."
_ABSENT = "99400000000000001"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?\+00:00")
_ROOM_FIELDS = ["id", "createdAt", "validFrom", "validUntil", "pstnDialOutEnabled"]
_CLAIMS = {"skypeid", "scp", "csi", "exp", "acsScope", "resourceId", "iat"}
_SHORT_SECONDS = 2
_STRANGER = "8:acs:00000000-0000-4000-8000-000000000000_00000000-0000-4000-8000-000000000000"


class Unusable(Exception):
    """The service refuses even to make a user or a room, so nothing can be compared."""


class Check(NamedTuple):
    """A rule with its evidence: what `observe` returns is compared with what openrooms answers."""

    part: str
    rule: str
    mark: str
    expected: object
    observe: "Callable[[Probe], object]"

    @property
    def is_open(self) -> bool:
        """Whether nobody has seen Azure's answer."""
        return self.mark == INFERRED


class Probe:
    """A service under examination, with one room and two users, which are removed at the end."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.ada = self.bo = self.room = ""
        self.created = Answer(0, {}, b"")
        self._rooms: list[str] = []
        self._users: list[str] = []

    def __enter__(self) -> Self:
        """Make the users and the room; raise `Unusable` if the service refuses."""
        try:
            self.ada, self.bo = self._user(), self._user()
            self.created = _checked(self.create({"participants": {self.ada: {"role": "Presenter"}}}))
        except BaseException:
            self._remove()
            raise
        self.room = self._rooms[0]
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._remove()

    def _remove(self) -> None:
        """Remove what was made, as far as the service lets us."""
        with suppress(OSError, HTTPException):
            for room in self._rooms:
                self.send("DELETE", f"/rooms/{room}")
            for user in self._users:
                self.identity("DELETE", f"/identities/{quote(user)}")

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        """Send a request of Rooms."""
        return self.exchange.send(method, path, body, **options)

    def identity(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request of Identity."""
        return self.exchange.send(method, path, body, version=IDENTITY)

    def create(self, body: object, **options: Any) -> Answer:
        """Create a room that is removed at the end."""
        answer = self.send("POST", "/rooms", body, **options)
        room = (answer.json or {}).get("id") if isinstance(answer.json, dict) else None
        if isinstance(room, str) and room not in self._rooms:
            self._rooms.append(room)
        return answer

    def invite(self, participants: Mapping[str, object]) -> Answer:
        """Change the roster of the room."""
        return self.send("PATCH", f"/rooms/{self.room}/participants", {"participants": participants})

    def roster(self, room: str | None = None) -> Mapping[str, str]:
        """Return the role of each participant, in the order of the list."""
        answer = self.send("GET", f"/rooms/{room or self.room}/participants")
        names = {self.ada: "ada", self.bo: "bo"}
        return {names.get(entry["rawId"], entry["rawId"]): entry["role"] for entry in (answer.json or {})["value"]}

    def redacted(self, text: str) -> str:
        """Return a text without the ids that the service made."""
        names = {self.ada: "ADA", self.bo: "BO", self.exchange.host: "HOST"} | dict.fromkeys(self._rooms, "ROOM")
        for secret, name in names.items():
            text = text.replace(secret, name)
        return text

    def _user(self) -> str:
        answer = _checked(self.identity("POST", "/identities", {}))
        try:
            user: str = answer.json["identity"]["id"]
        except (KeyError, TypeError) as error:
            raise Unusable("its new user has no ID") from error
        self._users.append(user)
        return user


def _checked(answer: Answer) -> Answer:
    """Return the answer; raise `Unusable` if it is an error."""
    if answer.status != HTTPStatus.CREATED:
        said = (
            f"{answer.error.get('code', '')}: {answer.error.get('message', '')}"
            if answer.error
            else "without an error body"
        )
        raise Unusable(f"it answers {answer.status} {said}")
    return answer


def after(**amount: float) -> str:
    """Return a time so long from now, as a client writes it."""
    return (datetime.now(UTC) + timedelta(**amount)).isoformat()


def refusal(answer: Answer) -> tuple[object, object, object]:
    """Return the status, the code and the message of an error."""
    return answer.status, answer.error.get("code"), answer.error.get("message")


def details(answer: Answer) -> object:
    """Return the status, and the target and message of each detail."""
    found = answer.error.get("details") or []
    return answer.status, [(detail.get("target"), detail.get("message")) for detail in found]


def _window(begins: timedelta | None, ends: timedelta | None) -> "Callable[[Probe], object]":
    def observe(probe: Probe) -> object:
        times = {"validFrom": begins, "validUntil": ends}
        body = {name: after(seconds=time.total_seconds()) for name, time in times.items() if time is not None}
        return details(probe.create(body))

    return observe


def _empty_window(probe: Probe) -> object:
    moment = after(days=1)
    return details(probe.create({"validFrom": moment, "validUntil": moment}))


def _get_error(room: str) -> "Callable[[Probe], object]":
    return lambda probe: refusal(probe.send("GET", f"/rooms/{room}"))


def _version(version: str | None) -> "Callable[[Probe], object]":
    def observe(probe: Probe) -> object:
        answer = probe.send("GET", f"/rooms/{probe.room}", version=version)
        return answer.status, answer.error.get("code")

    return observe


def _get(**options: Any) -> "Callable[[Probe], object]":
    return lambda probe: refusal(probe.send("GET", f"/rooms/{probe.room}", **options))


def _changed_body(probe: Probe) -> object:
    return refusal(probe.send("PATCH", f"/rooms/{probe.room}", {"pstnDialOutEnabled": True}, signed_body=b"{}"))


def _path_in_capitals(probe: Probe) -> object:
    return probe.send("GET", f"/Rooms/{probe.room}").status


def _field_in_capitals(probe: Probe) -> object:
    until = after(days=1)
    answer = probe.create({"ValidUntil": until})
    return answer.status, (answer.json or {}).get("validUntil", "")[:19] == until[:19]


def _unknown_field(probe: Probe) -> object:
    return probe.create({"colour": "blue"}).status


def _location(probe: Probe) -> object:
    headers = probe.created.headers
    return headers.get("location") == probe.room, headers.get("repeatability-result")


def _default_window(probe: Probe) -> object:
    room = probe.created.json
    return _days(room["validFrom"], room["validUntil"])


def _late_default(probe: Probe) -> object:
    """Return the days from now to the end of a room of which only the begin was given."""
    answer = probe.create({"validFrom": after(days=3)})
    return answer.status, _days(answer.json["createdAt"], answer.json["validUntil"])


def _days(begin: str, end: str) -> int:
    return round((datetime.fromisoformat(end[:19]) - datetime.fromisoformat(begin[:19])) / timedelta(days=1))


def _dates(probe: Probe) -> object:
    room = probe.created.json
    return all(_DATE.fullmatch(room[name]) for name in ("createdAt", "validFrom", "validUntil"))


def _digits(probe: Probe) -> object:
    """Return the fraction of a second of a time that was given with nine digits."""
    until = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    answer = probe.create({"validUntil": f"{until}.123456789Z"})
    return answer.status, answer.json["validUntil"].removeprefix(until)


def _no_zone(probe: Probe) -> object:
    until = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    answer = probe.create({"validUntil": until})
    return answer.status, answer.json.get("validUntil") == f"{until}+00:00"


def _no_seconds(probe: Probe) -> object:
    until = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    answer = probe.create({"validUntil": f"{until}Z"})
    return answer.status, (answer.json or {}).get("validUntil") == f"{until}:00+00:00"


def _bare_date(probe: Probe) -> object:
    until = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d")
    answer = probe.create({"validUntil": until})
    return answer.status, (answer.json or {}).get("validUntil") == f"{until}T00:00:00+00:00"


def _other_zone(probe: Probe) -> object:
    until = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    answer = probe.create({"validUntil": f"{until:%Y-%m-%dT%H:%M:%S}+02:00"})
    earlier = until - timedelta(hours=2)
    return answer.status, (answer.json or {}).get("validUntil") == f"{earlier:%Y-%m-%dT%H:%M:%S}+00:00"


def _repeated(probe: Probe) -> object:
    headers = {"Repeatability-Request-ID": str(uuid4()), "Repeatability-First-Sent": formatdate(usegmt=True)}
    first, second = (probe.create({}, headers=headers) for _ in range(2))
    return second.status, first.body == second.body


def _repeated_otherwise(probe: Probe) -> object:
    headers = {"Repeatability-Request-ID": str(uuid4()), "Repeatability-First-Sent": formatdate(usegmt=True)}
    probe.create({}, headers=headers)
    return probe.create({"pstnDialOutEnabled": True}, headers=headers).status


def _null_patch(probe: Probe) -> object:
    body = {"validFrom": None, "validUntil": None, "pstnDialOutEnabled": True}
    answer = probe.send("PATCH", f"/rooms/{probe.room}", body)
    before = probe.created.json
    same = [name for name in _ROOM_FIELDS if answer.json.get(name) == before[name]]
    return answer.status, same, answer.json["pstnDialOutEnabled"]


def _half_patch(probe: Probe) -> object:
    return details(probe.send("PATCH", f"/rooms/{probe.room}", {"validUntil": after(days=1)}))


def _empty_patch(probe: Probe) -> object:
    return probe.send("PATCH", f"/rooms/{probe.room}", {}).status


def _listed(probe: Probe) -> object:
    """Return whether the newest room is listed first, and the fields of the answer."""
    answer = probe.send("GET", "/rooms")
    times = [room["createdAt"] for room in answer.json["value"]]
    return answer.status, times == sorted(times, reverse=True), set(answer.json) <= {"value", "nextLink"}


def _deleted(probe: Probe) -> object:
    room = probe.create({}).json["id"]
    answer = probe.send("DELETE", f"/rooms/{room}")
    return answer.status, answer.body.decode("latin-1"), refusal(probe.send("GET", f"/rooms/{room}"))


def _deleted_again(probe: Probe) -> object:
    room = probe.create({}).json["id"]
    return [probe.send("DELETE", f"/rooms/{room}").status for _ in range(2)][1]


def _roster_change(probe: Probe) -> object:
    answer = probe.invite({probe.bo: {"role": "Attendee"}})
    added = list(probe.roster().items())
    probe.invite({probe.ada: {"role": "Consumer"}})
    changed = list(probe.roster().items())
    probe.invite({probe.ada: {"role": "Presenter"}, probe.bo: None})
    return answer.status, answer.body.decode("latin-1"), added, changed, list(probe.roster().items())


def _role_missing(probe: Probe) -> object:
    probe.invite({probe.bo: {}})
    role = probe.roster().get("bo")
    probe.invite({probe.bo: None})
    return role


def _role_missing_for_known(probe: Probe) -> object:
    answer = probe.invite({probe.ada: {}})
    role = probe.roster().get("ada")
    probe.invite({probe.ada: {"role": "Presenter"}})
    return answer.status, role


def _unknown_role(probe: Probe) -> object:
    answer = probe.invite({probe.bo: {"role": "Guest"}})
    found = answer.error.get("details") or [{}]
    return answer.status, str(found[0].get("target")).replace(probe.bo, "ID"), found[0].get("message")


def _small_role(probe: Probe) -> object:
    return probe.invite({probe.bo: {"role": "presenter"}}).status


def _all_or_nothing(probe: Probe) -> object:
    answer = probe.invite({probe.bo: {"role": "Attendee"}, "nobody": {"role": "Attendee"}})
    return refusal(answer), list(probe.roster())


def _removed_stranger(probe: Probe) -> object:
    return probe.invite({_STRANGER: None}).status


def _stranger(probe: Probe) -> object:
    status = probe.invite({_STRANGER: {"role": "Attendee"}}).status
    probe.invite({_STRANGER: None})
    return status


def _null_in_create(probe: Probe) -> object:
    answer = probe.create({"participants": {probe.ada: None, probe.bo: {}}})
    return answer.status, probe.roster(answer.json["id"]) if answer.status == 201 else None


def _telephone(probe: Probe) -> object:
    return refusal(probe.invite({"4:+15550100": {"role": "Attendee"}}))


def _user_answer(probe: Probe) -> object:
    answer = probe.identity("POST", "/identities", {"createTokenWithScopes": ["voip"], "expiresInMinutes": 60})
    user = (answer.json or {}).get("identity", {}).get("id", "")
    probe.identity("DELETE", f"/identities/{quote(user)}")
    return answer.status, sorted(answer.json or {}), sorted((answer.json or {}).get("accessToken", {}))


def _no_token(probe: Probe) -> object:
    answer = probe.exchange.send("POST", "/identities", version=IDENTITY)
    user = (answer.json or {}).get("identity", {}).get("id", "")
    probe.identity("DELETE", f"/identities/{quote(user)}")
    return answer.status, sorted(answer.json or {})


def _issue(probe: Probe, body: object, user: str | None = None) -> Answer:
    return probe.identity("POST", f"/identities/{quote(user or probe.ada)}/:issueAccessToken", body)


def _invalid(answer: Answer) -> object:
    return (*refusal(answer), answer.error.get("target"))


def _short(answer: Answer) -> object:
    return answer.status, answer.error.get("code")


def _issue_after_delete(probe: Probe) -> object:
    user = probe.identity("POST", "/identities", {}).json["identity"]["id"]
    deleted = probe.identity("DELETE", f"/identities/{quote(user)}").status
    return deleted, refusal(_issue(probe, {"scopes": ["voip"]}, user))


def _fields(probe: Probe) -> object:
    return list(probe.created.json)


def _first_version(probe: Probe) -> object:
    answer = probe.send("GET", f"/rooms/{probe.room}", version="2023-06-14")
    return answer.status, list(answer.json)


def _error_headers(probe: Probe) -> object:
    absent = probe.send("GET", f"/rooms/{_ABSENT}").headers
    model = probe.create({"validUntil": after(days=-1)}).headers
    names = ("x-ms-error-code", "api-supported-versions")
    return [[name in headers for name in names] for headers in (absent, model)]


def _error_type(probe: Probe) -> object:
    return (
        probe.send("GET", f"/rooms/{_ABSENT}").headers.get("content-type"),
        _issue(probe, {}).headers.get("content-type"),
    )


def _echo(probe: Probe) -> object:
    name = "x-ms-client-request-id"
    rooms = probe.send("GET", f"/rooms/{probe.room}", headers={name: "abc"})
    users = probe.exchange.send("POST", "/identities", {}, version="1", headers={name: "abc"})
    return name in rooms.headers, users.headers.get(name)


def _malformed(body: bytes) -> "Callable[[Probe], object]":
    return lambda probe: refusal(probe.create(body))


def _plain_text(probe: Probe) -> object:
    return probe.create(b"{}", headers={"Content-Type": "text/plain"}).status


def _double_slash(probe: Probe) -> object:
    return probe.send("GET", f"//rooms/{probe.room}").status


def _collaborator(probe: Probe) -> object:
    body = {"participants": {probe.bo: {"role": "Collaborator"}}}
    answer = probe.send("PATCH", f"/rooms/{probe.room}/participants", body, version="2024-04-15")
    probe.invite({probe.bo: None})
    return answer.status


def _expired(probe: Probe) -> object:
    """Return the answers to reading and to reopening a room whose window has ended."""
    room = probe.create({"validUntil": after(seconds=_SHORT_SECONDS)}).json["id"]
    time.sleep(_SHORT_SECONDS + 1)
    body = {"validFrom": after(minutes=0), "validUntil": after(days=1)}
    return [probe.send(method, f"/rooms/{room}", sent).status for method, sent in (("GET", None), ("PATCH", body))]


def _missing_claims(probe: Probe) -> object:
    token = (_issue(probe, {"scopes": ["voip"]}).json or {})["token"]
    payload = token.split(".")[1]
    claims = msgspec.json.decode(base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True))
    return sorted(_CLAIMS - set(claims)), claims["skypeid"] == probe.ada.removeprefix("8:"), claims["acsScope"]


def _supported_versions(probe: Probe) -> object:
    return "2025-03-13" in probe.created.headers.get("api-supported-versions", "")


def _exchange(probe: Probe) -> object:
    body = {"token": "", "appId": "", "userId": ""}
    return refusal(probe.identity("POST", "/teamsUser/:exchangeAccessToken", body))


_WRONG = f"{AUTHORIZATION_PREFIX}{'A' * 43}="
_DENIED = (401, "Denied", "Denied by the resource provider.")
_NOT_FOUND = (404, "NotFound", "The server cannot find the requested resource.")
_DAY = timedelta(days=1)
_LATE = "Value is incorrect or more than 180 days in the future."
_LONG = "The time range is incorrect, or larger than 180 days."
_NOT_OWNED = "Provided identity doesn't belong to the resource."
_PAST = "The time range end is in the past."

CHECKS = [
    Check("Signature", "no Authorization", DOCS, _DENIED, _get(headers={"Authorization": None})),
    Check("Signature", "a wrong signature", INFERRED, _DENIED, _get(headers={"Authorization": _WRONG})),
    Check("Signature", "a date of an hour ago", INFERRED, _DENIED, _get(late_seconds=3600)),
    Check("Signature", "the older form, with Date", SDK, (200, None, None), _get(date_header="Date")),
    Check(
        "Signature",
        "a body that is not the signed one",
        DOCS,
        (401, "Denied", "Request 'x-ms-content-sha256' differs from generated content hash."),
        _changed_body,
    ),
    Check("Versions", "a version that does not exist", DOCS, (400, "UnsupportedApiVersion"), _version("2019-01-01")),
    Check("Versions", "no version", INFERRED, (400, "ApiVersionUnspecified"), _version(None)),
    Check("Versions", "a version that is not a date", INFERRED, (400, "InvalidApiVersion"), _version("x")),
    Check(
        "Versions",
        "the name of an enum member, which Python sends",
        RECORDING,
        (200, None),
        _version("ApiVersion.V2025_03_13"),
    ),
    Check("Versions", "2023-06-14 has no pstnDialOutEnabled", RECORDING, (200, _ROOM_FIELDS[:-1]), _first_version),
    Check("Requests", "a path that begins with two slashes", DOCS, 200, _double_slash),
    Check("Requests", "a path in other letters", INFERRED, 200, _path_in_capitals),
    Check("Answers", "the fields of a room and their order", RECORDING, _ROOM_FIELDS, _fields),
    Check("Answers", "dates have up to 7 digits of a second and +00:00", RECORDING, True, _dates),
    Check("Answers", "a create has the bare id in Location", RECORDING, (True, "accepted"), _location),
    Check(
        "Answers",
        "which errors have x-ms-error-code and api-supported-versions",
        RECORDING,
        [[True, True], [False, False]],
        _error_headers,
    ),
    Check(
        "Answers",
        "Content-Type of errors of Rooms and of Identity",
        RECORDING,
        ("application/json; charset=utf-8", "application/json"),
        _error_type,
    ),
    Check("Answers", "x-ms-client-request-id is echoed by Identity only", RECORDING, (False, "abc"), _echo),
    Check("Answers", "api-supported-versions names 2025-03-13", RECORDING, True, _supported_versions),
    Check("Bodies", "not JSON", INFERRED, (400, "BadRequest", MALFORMED), _malformed(b"{")),
    Check("Bodies", "a wrong type", INFERRED, (400, "BadRequest", MALFORMED), _malformed(b'{"participants":1}')),
    Check("Bodies", "a bad date", INFERRED, (400, "BadRequest", MALFORMED), _malformed(b'{"validFrom":"soon"}')),
    Check("Bodies", "Content-Type text/plain", INFERRED, 201, _plain_text),
    Check("Bodies", "the name of a field in other letters", INFERRED, (201, True), _field_in_capitals),
    Check("Bodies", "an unknown field", INFERRED, 201, _unknown_field),
    Check("Dates", "nine digits of a second are cut to seven", RECORDING, (201, ".1234567+00:00"), _digits),
    Check("Dates", "a time without a zone is UTC", RECORDING, (201, True), _no_zone),
    Check("Dates", "a time without seconds", DOCS, (201, True), _no_seconds),
    Check("Dates", "a date alone is midnight in UTC", INFERRED, (201, True), _bare_date),
    Check("Dates", "another zone is converted to UTC", INFERRED, (201, True), _other_zone),
    Check("Windows", "a room lasts 180 days by default", SPEC, 180, _default_window),
    Check("Windows", "only validFrom: the end is 180 days from now", RECORDING, (201, 180), _late_default),
    Check("Windows", "validFrom in the past is kept", RECORDING, (201, []), _window(-timedelta(minutes=1), _DAY)),
    Check(
        "Windows",
        "validFrom more than 180 days away",
        RECORDING,
        (400, [("ValidFrom", _LATE)]),
        _window(181 * _DAY, None),
    ),
    Check("Windows", "validUntil in the past", RECORDING, (400, [("ValidUntil", _PAST)]), _window(None, -_DAY)),
    Check("Windows", "longer than 180 days", RECORDING, (400, [("ValidUntil", _LONG)]), _window(_DAY, 182 * _DAY)),
    Check("Windows", "an empty window", INFERRED, (400, [("ValidUntil", _LONG)]), _empty_window),
    Check("Windows", "the end before the begin", RECORDING, (400, [("ValidUntil", _LONG)]), _window(2 * _DAY, _DAY)),
    Check(
        "Windows",
        "both are wrong",
        RECORDING,
        (400, [("ValidFrom", _LATE), ("ValidUntil", _LONG)]),
        _window(181 * _DAY, 362 * _DAY),
    ),
    Check(
        "Windows",
        "an update of one time alone",
        RECORDING,
        (400, [("", "validFrom and validUntil should be set together.")]),
        _half_patch,
    ),
    Check("Rooms", "null in an update changes nothing", RECORDING, (200, _ROOM_FIELDS[:-1], True), _null_patch),
    Check("Rooms", "an empty update", RECORDING, 200, _empty_patch),
    Check(
        "Rooms", "an id that is too short", RECORDING, (400, "BadRequest", "Invalid room ID length."), _get_error("123")
    ),
    Check(
        "Rooms",
        "an id that is not a number",
        RECORDING,
        (400, "BadRequest", "Invalid room ID."),
        _get_error("NotExistingRoomID"),
    ),
    Check("Rooms", "an id that does not exist", RECORDING, _NOT_FOUND, _get_error(_ABSENT)),
    Check(
        "Rooms",
        "an id of 15 digits",
        INFERRED,
        (400, "BadRequest", "Invalid room ID length."),
        _get_error("994000000000000"),
    ),
    Check(
        "Rooms",
        "an id of 19 digits",
        INFERRED,
        (400, "BadRequest", "Invalid room ID length."),
        _get_error("9940000000000000001"),
    ),
    Check("Rooms", "a deleted room", RECORDING, (204, "", _NOT_FOUND), _deleted),
    Check("Rooms", "deleting again", INFERRED, 204, _deleted_again),
    Check(
        "Rooms",
        "deleting a room that never was",
        RECORDING,
        _NOT_FOUND,
        lambda probe: refusal(probe.send("DELETE", f"/rooms/{_ABSENT}")),
    ),
    Check("Rooms", "an expired room is read, and opened again", INFERRED, [200, 200], _expired),
    Check("Rooms", "the list begins with the newest", RECORDING, (200, True, True), _listed),
    Check("Rooms", "a repeated create gets the first answer", SPEC, (201, True), _repeated),
    Check("Rooms", "a repeated create with another body", INFERRED, 400, _repeated_otherwise),
    Check(
        "Rosters",
        "add, change the role in place, remove",
        RECORDING,
        (
            200,
            "{}",
            [("ada", "Presenter"), ("bo", "Attendee")],
            [("ada", "Consumer"), ("bo", "Attendee")],
            [("ada", "Presenter")],
        ),
        _roster_change,
    ),
    Check("Rosters", "no role: Attendee", RECORDING, "Attendee", _role_missing),
    Check("Rosters", "no role for somebody on the roster", INFERRED, (200, "Attendee"), _role_missing_for_known),
    Check(
        "Rosters",
        "an unknown role",
        RECORDING,
        (
            400,
            "$.participants.ID.role",
            "Invalid participant role. The valid roles are: Presenter, Attendee, Consumer, Collaborator.",
        ),
        _unknown_role,
    ),
    Check("Rosters", "Collaborator at api-version 2024-04-15", INFERRED, 200, _collaborator),
    Check("Rosters", "a role in small letters", INFERRED, 400, _small_role),
    Check(
        "Rosters",
        "one bad id refuses all",
        RECORDING,
        ((400, "BadRequest", "Communication identifier nobody is not supported."), ["ada"]),
        _all_or_nothing,
    ),
    Check("Rosters", "removing somebody who is not on it", RECORDING, 200, _removed_stranger),
    Check("Rosters", "somebody of another resource", INFERRED, 200, _stranger),
    Check("Rosters", "null in a create", INFERRED, (201, {"bo": "Attendee"}), _null_in_create),
    Check(
        "Rosters",
        "a telephone number",
        INFERRED,
        (400, "BadRequest", "Communication identifier 4:+15550100 is not supported."),
        _telephone,
    ),
    Check(
        "Rosters",
        "a bad id in a create",
        RECORDING,
        (400, "BadRequest", "Invalid format for communication identifier."),
        lambda probe: refusal(probe.create({"participants": {"nobody": {}}})),
    ),
    Check("Users", "a user without a token; the body may be empty", RECORDING, (201, ["identity"]), _no_token),
    Check(
        "Users",
        "a user with a token",
        RECORDING,
        (201, ["accessToken", "identity"], ["expiresOn", "token"]),
        _user_answer,
    ),
    Check(
        "Users",
        "a token of 59 minutes",
        RECORDING,
        (
            400,
            "ValidationError",
            "ExpiresInMinutes value 59 is invalid. Value must be within the [60, 1440] interval.",
            "ExpiresInMinutes",
        ),
        lambda probe: _invalid(_issue(probe, {"scopes": ["voip"], "expiresInMinutes": 59})),
    ),
    Check(
        "Users",
        "a token without scopes",
        RECORDING,
        (400, "ValidationError", "Scopes: The Scopes field is required.", "Scopes"),
        lambda probe: _invalid(_issue(probe, {})),
    ),
    Check(
        "Users",
        "an unknown scope",
        INFERRED,
        (400, "ValidationError"),
        lambda probe: _short(_issue(probe, {"scopes": ["dance"]})),
    ),
    Check(
        "Users",
        "an empty list of scopes",
        INFERRED,
        (400, "ValidationError"),
        lambda probe: _short(_issue(probe, {"scopes": []})),
    ),
    Check(
        "Users",
        "a token for somebody of another resource",
        RECORDING,
        (401, "IdentityNotOwned", _NOT_OWNED),
        lambda probe: refusal(_issue(probe, {"scopes": ["voip"]}, _STRANGER)),
    ),
    Check(
        "Users",
        "revoking tokens",
        RECORDING,
        204,
        lambda probe: probe.identity("POST", f"/identities/{quote(probe.bo)}/:revokeAccessTokens").status,
    ),
    Check(
        "Users",
        "a token after the user was deleted",
        INFERRED,
        (204, (401, "IdentityNotOwned", _NOT_OWNED)),
        _issue_after_delete,
    ),
    Check(
        "Users",
        "revoking and deleting for somebody of another resource",
        INFERRED,
        [(401, "IdentityNotOwned", _NOT_OWNED)] * 2,
        lambda probe: [
            refusal(probe.identity("POST", f"/identities/{quote(_STRANGER)}/:revokeAccessTokens")),
            refusal(probe.identity("DELETE", f"/identities/{quote(_STRANGER)}")),
        ],
    ),
    Check(
        "Users",
        "a Teams user without a token",
        RECORDING,
        (401, "InvalidAccessToken", "Provided access token is not valid."),
        _exchange,
    ),
    Check("Tokens", "the claims that SDKs read, in standard base64", SDK, ([], True, "voip"), _missing_claims),
]
