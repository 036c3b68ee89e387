"""The outside, one foreign library each; nothing in here knows what a command is."""
