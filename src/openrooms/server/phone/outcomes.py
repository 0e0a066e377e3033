"""What an answer of SIP means for a leg that nobody has answered yet."""

from collections.abc import Mapping

from openrooms.domain.telephones import Outcome

_OUTCOMES: Mapping[int, Outcome] = {
    **dict.fromkeys((486, 600), Outcome.BUSY),
    **dict.fromkeys((603, 607, 608), Outcome.DECLINED),
    **dict.fromkeys((408, 480, 487), Outcome.NO_ANSWER),
    **dict.fromkeys((404, 410, 484, 485, 502, 503, 504, 604), Outcome.UNREACHABLE),
}
"""https://www.rfc-editor.org/rfc/rfc3261#section-21; 607 and 608 are of RFC 8197 and RFC 8688."""


def read_reason(reason: str) -> tuple[Outcome, int | None]:
    """Return the outcome and the status of a reason such as `486 Busy Here`, or of an error of the network."""
    head = reason.partition(" ")[0]
    if len(head) == 3 and head.isascii() and head.isdigit():
        return _OUTCOMES.get(int(head), Outcome.FAILED), int(head)
    return Outcome.UNREACHABLE, None
