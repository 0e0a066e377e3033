"""Options of several fields: issuers of tokens, and subscriptions to events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from openrooms.cli.event_types import EventTypeName
from openrooms.cli.options import read_line
from openrooms.domain.errors import OpenRoomsError
from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import OperatorRole
from openrooms.domain.subscriptions import Declaration, Validation, check_name, check_secret
from openrooms.server.core.openid import Client, Issuer, OperatorIssuer
from openrooms.server.process.settings import Secret
from openrooms.wire.subscriptions import event_filter


class _Fields(click.ParamType[Any]):
    """Several named texts in one value, `name=value,name=value`, or a table in the TOML file."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return ",".join(f"{name}=..." for name in self.required) + "[,...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        fields = value if isinstance(value, Mapping) else dict(part.partition("=")[::2] for part in value.split(","))
        values = {name: " ".join(text) if isinstance(text, list) else str(text) for name, text in fields.items()}
        for name in values:
            if name not in self.required + self.optional:
                self.fail(f"{name!r} is none of {', '.join(self.required + self.optional)}", param, ctx)
        for name in self.required:
            if not values.get(name):
                self.fail(f"{name} is missing", param, ctx)
        try:
            return self.made(values)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def made(self, fields: Mapping[str, str]) -> Any:
        """Return the setting; raise `ValueError`."""
        raise NotImplementedError


class OperatorIssuers(_Fields):
    """An OpenID Connect issuer of operators' tokens."""

    name = "issuer"
    required = ("issuer", "audience")
    optional = ("claim", "reader", "contributor", "resource", "client", "client-secret-file", "scope", "title")

    def made(self, fields: Mapping[str, str]) -> OperatorIssuer:
        roles = {fields.get(role.value, role.value): role for role in OperatorRole}
        resource = ResourceId(fields["resource"]) if "resource" in fields else None
        return OperatorIssuer(_issuer(fields), roles, fields.get("claim", "roles"), resource, _client(fields))


class TeamsIssuers(_Fields):
    """The issuer of Teams users' tokens."""

    name = "issuer"
    required = ("issuer", "audience")
    optional = ()

    def made(self, fields: Mapping[str, str]) -> Issuer:
        return _issuer(fields)


class Declarations(_Fields):
    """A subscription to events."""

    name = "subscription"
    required = ("name", "url")
    optional = ("secret", "secret-file", "types", "room", "validation", "resource")

    def made(self, fields: Mapping[str, str]) -> Declaration:
        if len({"secret", "secret-file"} & fields.keys()) != 1:
            raise ValueError("give either secret or secret-file: what the receiver checks signatures with, whsec_...")
        text = fields["secret"] if "secret" in fields else read_line(Path(fields["secret-file"]))
        resource = ResourceId(fields["resource"]) if "resource" in fields else None
        types = [EventTypeName().convert(name, None, None) for name in fields.get("types", "").split()]
        try:
            name = check_name(fields["name"])
            events = event_filter(types, fields.get("room"))
            secret = check_secret(text)
        except OpenRoomsError as error:
            raise ValueError(str(error)) from error
        validation = fields.get("validation", Validation.NONE)
        if validation not in list(Validation):
            raise ValueError(f"validation {validation!r} is none of {', '.join(Validation)}")
        return Declaration(name, fields["url"], secret, events, Validation(validation), resource)


def _client(fields: Mapping[str, str]) -> Client | None:
    if "client" not in fields:
        if named := {"client-secret-file", "scope", "title"} & fields.keys():
            raise ValueError(f"{min(named)} is for signing in to the console: give client=ID, too")
        return None
    secret = Secret(read_line(Path(fields["client-secret-file"]))) if "client-secret-file" in fields else None
    scope = fields.get("scope", "openid")
    if "openid" not in scope.split():
        raise ValueError(f"scope {scope!r} does not include openid, so the issuer would not say who signs in")
    return Client(fields["client"], secret, scope, fields.get("title", ""))


def _issuer(fields: Mapping[str, str]) -> Issuer:
    return Issuer(fields["issuer"], tuple(fields["audience"].split()))
