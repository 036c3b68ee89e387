"""A partnership project and its people. No network, disk, clock, client or language in it."""
