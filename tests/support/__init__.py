"""Real programs that tests start, on free ports and in temporary folders."""
