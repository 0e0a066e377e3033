"""The JSON of a call's notice: what LiveKit hands everyone in the call as the metadata of its room."""

from functools import lru_cache

import msgspec

from openrooms.domain.calls import CallNotice, WaitingNotice
from openrooms.wire.dates import format_moment, parse_moment

_KEPT = 16_384


class WaitingNoticeModel(msgspec.Struct, rename="camel"):
    """How many people wait for the call; whoever may see them asks for them when either number changes."""

    count: int
    revision: int


class NoticeModel(msgspec.Struct, rename="camel"):
    """A room's title and window, the minutes that Presenters may still add (`extendBy`), and who waits.

    `waiting` is left out if nobody has to wait for the call.
    """

    title: str
    valid_from: str
    valid_until: str
    extend_by: int
    waiting: WaitingNoticeModel | msgspec.UnsetType = msgspec.UNSET


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NoticeModel).decode


def render_notice(notice: CallNotice) -> str:
    """Return the notice as JSON."""
    valid_from, valid_until = format_moment(notice.valid_from), format_moment(notice.valid_until)
    waiting = notice.waiting
    waiting_model = WaitingNoticeModel(waiting.count, waiting.revision) if waiting is not None else msgspec.UNSET
    return _encode(NoticeModel(notice.title, valid_from, valid_until, notice.minutes_left, waiting_model)).decode()


# A pass over all calls reads the same texts as the pass before.
@lru_cache(maxsize=_KEPT)
def read_notice(text: str) -> CallNotice | None:
    """Return the notice, `None` if the text is not one that this version writes."""
    try:
        model = _decode(text)
        window = parse_moment(model.valid_from), parse_moment(model.valid_until)
        waiting = WaitingNotice(model.waiting.count, model.waiting.revision) if model.waiting else None
        notice = CallNotice(model.title, *window, model.extend_by, waiting)
    except (msgspec.MsgspecError, ValueError):
        return None
    # Fields of another version are not read, but are to be written.
    return notice if render_notice(notice) == text else None
