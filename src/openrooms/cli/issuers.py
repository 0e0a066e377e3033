"""Options that name issuers of tokens."""

from collections.abc import Mapping
from typing import Any

import click

from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import OperatorRole
from openrooms.server.core.openid import Issuer, OperatorIssuer


class _Fields(click.ParamType[Any]):
    """Several named texts in one value, `name=value,name=value`, or a table in the TOML file."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return ",".join(f"{name}=..." for name in self.required) + "[,...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        fields = value if isinstance(value, Mapping) else dict(part.partition("=")[::2] for part in value.split(","))
        values = {name: str(text) for name, text in fields.items()}
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
    optional = ("claim", "reader", "contributor", "resource")

    def made(self, fields: Mapping[str, str]) -> OperatorIssuer:
        roles = {fields.get(role.value, role.value): role for role in OperatorRole}
        resource = ResourceId(fields["resource"]) if "resource" in fields else None
        return OperatorIssuer(_issuer(fields), roles, fields.get("claim", "roles"), resource)


class TeamsIssuers(_Fields):
    """The issuer of Teams users' tokens."""

    name = "issuer"
    required = ("issuer", "audience")
    optional = ()

    def made(self, fields: Mapping[str, str]) -> Issuer:
        return _issuer(fields)


def _issuer(fields: Mapping[str, str]) -> Issuer:
    return Issuer(fields["issuer"], tuple(fields["audience"].split()))
