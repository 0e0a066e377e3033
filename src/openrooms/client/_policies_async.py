"""Retries and redirects of async clients; what they decide is in `_policies.py`."""

from azure.core.pipeline.policies import AsyncRedirectPolicy, AsyncRetryPolicy

from openrooms.client._policies import AtHome, Tuned


class AsyncTunedRetryPolicy(Tuned, AsyncRetryPolicy):  # type: ignore[type-arg]
    """azure-core's retry policy, for every method and within the call's time."""


class AsyncHomeRedirectPolicy(AtHome, AsyncRedirectPolicy):  # type: ignore[type-arg]
    """azure-core's redirect policy, within the service."""
