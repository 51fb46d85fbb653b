"""The systems outside: a folder a port, with the port in its `__init__`, a file a system, and its stand-in."""
