"""A clinic whose visits are calls in rooms of Azure Communication Services."""
