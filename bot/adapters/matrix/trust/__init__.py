"""Why others may trust the bot's device: its cross-signing identity, secret storage, key backup."""
