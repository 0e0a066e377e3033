"""How the clients work: what is sent and read is in modules without I/O, only waiting is written twice."""
