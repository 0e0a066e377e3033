"""Takes secrets out of a text that is to be logged.

Logs hold what libraries say and what exceptions quote, so secrets are known by their look: tokens, private keys, and
what follows a name such as `password=`, be it in a query, in JSON within JSON, or percent-encoded.
"""

import re

# What stands between a name and its value may be coloured, and quotation marks are escaped in JSON.
_COLORS = r"(?:\x1b\[[\d;]*m)*"
_QUOTE = r"""\\*["']"""
_NAMES = (
    r"(?:access_?token|join_request|media_?token|token|access_?key|(?:primary|secondary)_?key|private_?(?:key|pem)|"
    r"(?:api_?)?secret|password|passwd|pwd|signature)"
)
_EQUALS = rf"{_COLORS}(?:=|%(?:25)*3d){_COLORS}"

_SECRETS = {
    # Up to the closing quotation mark, where the value has one.
    ("=", "%"): re.compile(rf"({_NAMES}{_EQUALS}({_QUOTE})?)(?(2)[^\"'\\]+|[^&\s\"'\\\x1b]+)", re.IGNORECASE),
    ("bearer",): re.compile(rf"(bearer(?:\s|%(?:25)*20|\+)+{_COLORS})[\w.~+/=%-]+", re.IGNORECASE),
    ("://", "%"): re.compile(
        r"""(\w(?::|%(?:25)*3a)(?://|(?:%(?:25)*2f){2})[^:/@\s"%]*(?::|%(?:25)*3a))[^@/\s"]+?(?=@|%(?:25)*40)""",
        re.IGNORECASE,
    ),
    ('token":', 'key":', 'secret":', 'password":', 'pem":', '\\":', "':"): re.compile(
        rf"({_QUOTE}{_NAMES}{_QUOTE}\s*:\s*{_QUOTE})[^\"'\\]+", re.IGNORECASE
    ),
    ("-----begin",): re.compile(r"""(-----BEGIN[^"'-]{1,60}-----)(?:(?!-----)[^"'])+"""),
    ("eyj",): re.compile(r"(eyJ)[\w-]{8,}(?:(?:\.|%2E)[\w-]*)*"),
}
"""What a secret looks like, by what such a text has in lower case: most have none of it, and patterns are slow."""


def without_secrets(text: str) -> str:
    """Return the text with `...` in the place of each secret."""
    lowered = text.lower()
    for signs, secret in _SECRETS.items():
        for sign in signs:
            if sign in lowered:
                text = secret.sub(r"\1...", text)
                break
    return text
