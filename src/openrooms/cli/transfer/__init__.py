"""Copying rooms and users from one service to another, or through a file."""
