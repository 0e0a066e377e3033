"""Azure's own test suites, run with our clients by redirecting their imports."""
