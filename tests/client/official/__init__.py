"""Azure's own test suites, run on our clients by changing what their imports mean."""
