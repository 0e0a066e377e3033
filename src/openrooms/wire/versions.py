"""The api-versions of Rooms and Identity, and the spelling that some clients use."""

import re

# docs/evidence.md#headers
ROOMS = ("2023-06-14", "2023-10-30-preview", "2024-04-15", "2025-03-13")
IDENTITY = (
    "2021-03-07",
    "2021-10-31-preview",
    "2021-11-01",
    "2022-06-01",
    "2022-10-01",
    "2023-10-01",
    "2025-03-02-preview",
    "2025-06-30",
)
IDENTITY_DETAILS = ("2025-03-02-preview",)
"""The versions of Identity whose users have a `customId` and a `lastTokenIssuedAt`, and can be read."""
TEAMS_EXTENSION = ("2025-03-02-preview", "2025-06-30")
TEAMS = ("2022-06-01", "2022-10-01", "2023-10-01", "2025-03-02-preview", "2025-06-30")
WITHOUT_PSTN = "2023-06-14"
"""The only version of Rooms without `pstnDialOutEnabled`."""

_MEMBER_NAME = re.compile(r"ApiVersion\.V(\d{4})_(\d\d)_(\d\d)(_PREVIEW)?")


def canonical(version: str) -> str:
    """Return the version in its usual spelling.

    azure-communication-rooms 1.0.0 to 1.2.0 requests every page after the first with the name of an enum member, such
    as `ApiVersion.V2025_03_13`: docs/evidence.md#api-versions.
    """
    match = _MEMBER_NAME.fullmatch(version)
    if match is None:
        return version
    year, month, day, preview = match.groups()
    return f"{year}-{month}-{day}{'-preview' if preview else ''}"
