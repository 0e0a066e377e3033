"""The internals of the clients. Encoding and decoding do no I/O; only the I/O has a sync and an async form."""
