"""A model of a room's events: what each answered change leaves, and what is true of who was in its calls."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

Event = Mapping[str, Any]
CALLS = "Microsoft.Communication.Call"
ADDED, REMOVED = f"{CALLS}ParticipantAdded", f"{CALLS}ParticipantRemoved"
STARTED, ENDED = f"{CALLS}Started", f"{CALLS}Ended"


class RoomModel:
    """A room that one client changes: `expected` are the types and contents of its events, in their order."""

    def __init__(self, document: Mapping[str, Any], roster: Mapping[str, str]) -> None:
        self.id = str(document["id"])
        self.valid_from = str(document["validFrom"])
        self.roster = dict(roster)
        self.expected: list[tuple[str, object]] = [("room.created", document["validUntil"])]

    def updated(self, document: Mapping[str, Any]) -> None:
        """Note a new end of the window."""
        self.expected.append(("room.updated", document["validUntil"]))

    def changed(self, roles: Mapping[str, str | None]) -> None:
        """Note a change of the roster."""
        added = {raw_id: role for raw_id, role in roles.items() if role and raw_id not in self.roster}
        removed = {raw_id for raw_id, role in roles.items() if role is None and raw_id in self.roster}
        moved = {raw_id: role for raw_id, role in roles.items() if role and self.roster.get(raw_id, role) != role}
        if added or removed or moved:
            self.expected.append(("roster.changed", (added, moved, removed)))
            self.expected += [("role.changed", (raw_id, role)) for raw_id, role in moved.items()]
        kept = {raw_id: role for raw_id, role in self.roster.items() if raw_id not in removed}
        self.roster = kept | added | moved

    def deleted(self) -> None:
        """Note that the room is gone."""
        self.expected.append(("room.deleted", None))


def gist(event: Event) -> tuple[str, object]:
    """Return what the model says of an event."""
    kind, data = event["type"].removeprefix("openrooms."), event["data"]
    if kind in ("room.created", "room.updated"):
        return kind, data["room"]["validUntil"]
    if kind == "roster.changed":
        added, moved = ({one["rawId"]: one["role"] for one in data.get(name, ())} for name in ("added", "changed"))
        return kind, (added, moved, set(data.get("removed", ())))
    if kind == "role.changed":
        return kind, (data["rawId"], data["role"])
    return kind, None


def check_room(room: RoomModel, events: Sequence[Event], stays: Iterable[Mapping[str, Any]]) -> None:
    """Check what `GET /openrooms/events` and the attendance give of a room in whose calls nobody is any more."""
    assert [event["roomsequence"] for event in events] == [*range(1, len(events) + 1)]
    changes = [gist(event) for event in events if not event["type"].startswith(CALLS)]
    assert changes == room.expected, _difference(changes, room.expected)
    come = _once(event for event in events if event["type"] == ADDED)
    gone = _once(event for event in events if event["type"] == REMOVED)
    assert come.keys() == gone.keys()
    assert all(come[stay]["roomsequence"] < gone[stay]["roomsequence"] for stay in come)
    stays_of_events = {(stay, event["time"][:19], gone[stay]["time"][:19]) for stay, event in come.items()}
    assert stays_of_events == {(stay["participantId"], stay["joinedAt"][:19], stay["leftAt"][:19]) for stay in stays}
    started = [event["data"]["serverCallId"] for event in events if event["type"] == STARTED]
    ended = [event["data"]["serverCallId"] for event in events if event["type"] == ENDED]
    assert sorted(started) == sorted(ended) == sorted({event["data"]["serverCallId"] for event in come.values()})


def _difference(found: Iterable[object], expected: Iterable[object]) -> str:
    pairs = enumerate(zip_longest(found, expected))
    return "; ".join(f"{place}: {one} instead of {other}" for place, (one, other) in pairs if one != other)


def _once(events: Iterable[Event]) -> dict[str, Event]:
    """Return the events by their connection, each of which has one."""
    found: dict[str, Event] = {}
    for event in events:
        assert found.setdefault(event["data"]["participantId"], event) is event
    return found


def check_deliveries(messages: Iterable[tuple[str, str]], events: Sequence[Event]) -> int:
    """Check that messages are exactly the events, first in the order of their room; return how many came again."""
    kept = {event["id"]: event for event in events}
    assert len(kept) == len(events)
    seen: dict[str, str] = {}
    last: dict[str, int] = defaultdict(int)
    repeats = 0
    for message, body in messages:
        event = json.loads(body)
        assert event["id"] == message
        if seen.setdefault(message, body) is not body:
            assert seen[message] == body, "one id with two contents"
            repeats += 1
            continue
        room = event["data"]["room"]["id"]
        last[room] += 1
        assert event["roomsequence"] == last[room], "an event overtook an earlier one of its room"
        assert event == kept[message]
    assert seen.keys() == kept.keys()
    return repeats
