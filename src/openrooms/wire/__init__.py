"""The REST contract as data, read by both ends."""
