"""Data that ships with the bot; read with importlib.resources."""
