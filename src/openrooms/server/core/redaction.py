"""Removal of secrets from text for the log.

Libraries and exceptions put arbitrary text into logs, so secrets are recognized by their form: tokens, private keys,
links of invitations, and the value after a name such as `password=`, in a query, in nested JSON, or percent-encoded.
"""

import re

# Colour codes may stand between a name and its value, and JSON escapes quotation marks.
_COLORS = r"(?:\x1b\[[\d;]*m)*"
_QUOTE = r"""\\*["']"""
_NAMES = (
    r"(?:access_?token|join_request|media_?token|token|access_?key|(?:primary|secondary)_?key|private_?(?:key|pem)|"
    r"(?:api_?)?secret|password|passwd|pwd|signature)"
)
_EQUALS = rf"{_COLORS}(?:=|%(?:25)*3d){_COLORS}"

_SECRETS = {
    # A quoted value ends at its closing quotation mark.
    ("=", "%"): re.compile(rf"({_NAMES}{_EQUALS}({_QUOTE})?)(?(2)[^\"'\\]+|[^&\s\"'\\\x1b]+)", re.IGNORECASE),
    ("bearer",): re.compile(rf"(bearer(?:\s|%(?:25)*20|\+)+{_COLORS})[\w.~+/=%-]+", re.IGNORECASE),
    ("://", "%"): re.compile(
        r"""(\w(?::|%(?:25)*3a)(?://|(?:%(?:25)*2f){2})[^:/@\s"%]*(?::|%(?:25)*3a))[^@/\s"]+?(?=@|%(?:25)*40)""",
        re.IGNORECASE,
    ),
    ('token":', 'key":', 'secret":', 'password":', 'pem":', '\\":', "':"): re.compile(
        rf"({_QUOTE}(?:{_NAMES}|key){_QUOTE}\s*:\s*{_QUOTE})[^\"'\\]+", re.IGNORECASE
    ),
    # The secrets of subscriptions, wherever they are.
    ("whsec_",): re.compile(r"(whsec_)[\w+/=-]+", re.IGNORECASE),
    # The links of invitations, and the key of a browser to which one is bound.
    ("/j",): re.compile(r"(/j/?(?:#|%(?:25)*23))[\w-]+", re.IGNORECASE),
    # One-time links to the console, what an issuer has browsers bring back, and the console's cookies.
    ("/console",): re.compile(r"(/console/?(?:#|%(?:25)*23)|/console/callback\?)[\w.~%&=:/+-]+", re.IGNORECASE),
    ("openrooms-console", "openrooms-sign-in"): re.compile(
        r"(openrooms-(?:console|sign-in)(?:-\d+)?(?:=|: ))[\w.-]+", re.IGNORECASE
    ),
    ("openrooms-invitation-",): re.compile(r"(openrooms-invitation-\w+(?:=|: ))[\w-]+", re.IGNORECASE),
    ("-----begin",): re.compile(r"""(-----BEGIN[^"'-]{1,60}-----)(?:(?!-----)[^"'])+"""),
    ("eyj",): re.compile(r"(eyJ)[\w-]{8,}(?:(?:\.|%2E)[\w-]*)*"),
}
"""The pattern of each kind of secret, by substrings of the lower-case text; without one, the pattern is skipped."""


def without_secrets(text: str) -> str:
    """Return the text with each secret replaced by `...`."""
    lowered = text.lower()
    for signs, secret in _SECRETS.items():
        for sign in signs:
            if sign in lowered:
                text = secret.sub(r"\1...", text)
                break
    return text
