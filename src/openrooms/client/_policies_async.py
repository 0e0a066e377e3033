"""Retry and redirect policies of async clients; their rules are in `_policies.py`."""

from azure.core.pipeline.policies import AsyncRedirectPolicy, AsyncRetryPolicy

from openrooms.client._policies import BoundedRetries, SameOriginRedirects


class AsyncBoundedRetryPolicy(BoundedRetries, AsyncRetryPolicy):  # type: ignore[type-arg]
    """azure-core's retry policy with the rules of `BoundedRetries`."""


class AsyncSameOriginRedirectPolicy(SameOriginRedirects, AsyncRedirectPolicy):  # type: ignore[type-arg]
    """azure-core's redirect policy with the rules of `SameOriginRedirects`."""
