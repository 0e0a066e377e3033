"""The JSON of a call's notice: what LiveKit hands everyone in the call as the metadata of its room."""

from functools import lru_cache

import msgspec

from openrooms.domain.calls import CallNotice
from openrooms.wire.dates import format_moment, parse_moment

_KEPT = 16_384


class NoticeModel(msgspec.Struct, rename="camel"):
    """A room's title and window, and the minutes that Presenters may still add (`extendBy`)."""

    title: str
    valid_from: str
    valid_until: str
    extend_by: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NoticeModel).decode


def render_notice(notice: CallNotice) -> str:
    """Return the notice as JSON."""
    valid_from, valid_until = format_moment(notice.valid_from), format_moment(notice.valid_until)
    return _encode(NoticeModel(notice.title, valid_from, valid_until, notice.minutes_left)).decode()


# A pass over all calls reads the same texts as the pass before.
@lru_cache(maxsize=_KEPT)
def read_notice(text: str) -> CallNotice | None:
    """Return the notice, `None` if the text is not one that this version writes."""
    try:
        model = _decode(text)
        notice = CallNotice(
            model.title, parse_moment(model.valid_from), parse_moment(model.valid_until), model.extend_by
        )
    except (msgspec.MsgspecError, ValueError):
        return None
    # Fields of another version are not read, but are to be written.
    return notice if render_notice(notice) == text else None
