"""The scopes of users' tokens."""

from collections.abc import Mapping
from enum import StrEnum


class CommunicationTokenScope(StrEnum):
    """What a token is good for; wherever a scope is taken, so is any other text."""

    CHAT = "chat"
    VOIP = "voip"
    CHAT_JOIN = "chat.join"
    CHAT_JOIN_LIMITED = "chat.join.limited"
    VOIP_JOIN = "voip.join"


SCOPES: Mapping[str, CommunicationTokenScope] = {scope.value: scope for scope in CommunicationTokenScope}
"""Each scope by its text."""

JOINING_SCOPES = frozenset({CommunicationTokenScope.VOIP, CommunicationTokenScope.VOIP_JOIN})
"""The scopes with which a user may join a call."""
