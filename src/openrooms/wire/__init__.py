"""The REST contract as data, for the client and the service."""
